"""Serving an example is uniform: ready on standard output, a clean end, and one clear line when it cannot be."""

import json
import os
import signal
import socket
import subprocess

import httpx2
import psutil
import pytest

from frameworks.assembly import assemble
from frameworks.environments import python_for
from frameworks.manifests import manifests
from frameworks.serve import free_port, free_ports, serving, url_of
from frameworks.sources import find
from tests.driving.frameworks import having
from tests.serving.conftest import PROVIDERS

SERVE = ("-m", "frameworks.serve")
CLIENT = {
    "client_id": "machine",
    "client_secret": "a-secret-of-a-machine-for-a-test",
    "grant_types": ["client_credentials"],
    "scope": "notes:read",
    "token_endpoint_auth_method": "client_secret_post",
}


def token_from(url):
    """Ask for a token as the seeded client."""
    form = {"grant_type": "client_credentials", "client_id": CLIENT["client_id"], "client_secret": CLIENT["client_secret"]}
    return httpx2.post(f"{url}/oauth2/token", data=form, trust_env=False)


@pytest.fixture
def seed(tmp_path):
    """Write a seed with one client."""
    path = tmp_path / "seed.json"
    path.write_text(json.dumps({"clients": [CLIENT]}))
    return path


@pytest.mark.tier("deployment")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_example_is_served_until_a_signal_and_leaves_nothing(run, seed, framework, number):
    """It says `ready` and nothing else, serves the seed, and ends with status 0: no process, no file and no open port is left."""
    port = free_port()
    command = run(*SERVE, framework, "provider", "--port", port, "--seed", seed)
    assert f"ready http://127.0.0.1:{port}" == command.line(), command.said()
    processes = psutil.Process(command.process.pid).children(recursive=True)
    assert 200 == token_from(f"http://127.0.0.1:{port}").status_code
    assert (0, "") == command.end(number)
    assert [] == [process for process in processes if process.is_running()]
    assert [] == list(command.temporary.iterdir())
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))


def test_a_named_database_outlives_the_server(run, seed, tmp_path):
    """`--database` keeps the records, and processes that share it and the settings serve the same clients."""
    database = f"sqlite:///{tmp_path}/kept.sqlite"
    ports = free_ports(2)
    environ = {
        "OAUTH_ISSUER": f"http://127.0.0.1:{ports[0]}",
        "OAUTH_SECRET_KEY": "A" * 43 + "=",
        "SESSION_SECRET": "a-secret-of-the-sessions-of-a-test",
    }
    first = run(*SERVE, PROVIDERS[0], "provider", "--port", ports[0], "--database", database, "--seed", seed, **environ)
    assert f"ready {url_of(ports[0])}" == first.line(), first.said()
    second = run(*SERVE, PROVIDERS[0], "provider", "--port", ports[1], "--database", database, **environ)
    assert f"ready {url_of(ports[1])}" == second.line(), second.said()
    assert [200, 200] == [token_from(f"http://127.0.0.1:{port}").status_code for port in ports]
    metadata = httpx2.get(f"http://127.0.0.1:{ports[1]}/.well-known/openid-configuration", trust_env=False).json()
    assert environ["OAUTH_ISSUER"] == metadata["issuer"]
    assert [(0, ""), (0, "")] == [first.end(signal.SIGTERM), second.end(signal.SIGTERM)]
    assert (tmp_path / "kept.sqlite").exists()


def test_a_port_in_use_is_said_in_one_line(run):
    """A person learns which port is taken, and what to do."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        command = run(*SERVE, PROVIDERS[0], "provider", "--port", port)
        assert (1, "") == command.end()
    assert 1 == len(command.said())
    assert command.said()[0].startswith(f"port {port} is not free")


def test_a_server_that_does_not_start_tells_its_reason(run):
    """The server's own message is shown, and its status is not 0."""
    command = run(*SERVE, PROVIDERS[0], "provider", "--port", free_port(), OAUTH_ISSUER="http://provider.example")
    status, left = command.end()
    assert status != 0
    assert "" == left
    assert any("OAUTH_ISSUER: 'http://provider.example' must be https" in line for line in command.said())
    assert command.said()[-1].startswith("the server ended with status")
    assert [] == list(command.temporary.iterdir())


def test_a_server_that_dies_is_noticed(run):
    """When the server ends by itself, so does `serve`, and not as if all were well."""
    command = run(*SERVE, PROVIDERS[0], "provider", "--port", free_port())
    command.line()
    for process in psutil.Process(command.process.pid).children():
        os.kill(process.pid, signal.SIGKILL)
    status, _ = command.end()
    assert status != 0
    assert command.said()[-1].startswith("the server ended by itself")


@pytest.mark.parametrize(
    "document", ["[]", '{"people": []}', "not json", '{"clients": 7}', '{"clients": [7]}', '{"users": [{"username": "a"}]}']
)
def test_a_wrong_seed_is_refused_before_anything_is_served(run, tmp_path, document):
    """What stands in the seed and means nothing is named, without a stack trace."""
    path = tmp_path / "wrong.json"
    path.write_text(document)
    command = run(*SERVE, PROVIDERS[0], "provider", "--port", free_port(), "--seed", path)
    status, left = command.end()
    assert status != 0
    assert "" == left
    assert not any("Traceback" in line for line in command.said())
    assert "could not be prepared" in command.said()[-1]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("no-such-framework", "provider"), "no-such-framework"),
        ((PROVIDERS[0], "observer"), "observer"),
        ((PROVIDERS[0], "consumer"), "a consumer needs --providers"),
        ((PROVIDERS[0], "consumer", "--seed", "pyproject.toml"), "is for a provider"),
        ((PROVIDERS[0], "provider", "--providers", "pyproject.toml"), "is for a consumer"),
        ((PROVIDERS[0], "provider", "--seed", "no-such-file.json"), "is not a file"),
    ],
)
def test_a_wrong_command_line_is_refused(run, arguments, complaint):
    """The usage is shown with what is wrong."""
    command = run(*SERVE, *arguments, "--port", free_port())
    assert (2, "") == command.end()
    assert complaint in command.said()[-1]


def test_an_example_runs_on_what_its_manifest_names(framework, tmp_path):
    """The environment of a framework holds the framework, and not what the tests happen to need."""
    manifest = manifests()[framework]
    python = python_for(manifest)
    environ = os.environ | ({"PYTHONPATH": str(find(manifest.source))} if manifest.source else {})
    statuses = [
        subprocess.run([python, "-c", f"import {package}"], cwd=tmp_path, env=environ, stderr=subprocess.DEVNULL, check=False).returncode
        for package in (manifest.package, "shared_validator", "pytest")
    ]
    assert [0, 0, 1] == statuses


PROJECTS = [
    *((name, "provider") for name in PROVIDERS if manifests()[name].status == "active"),
    *((name, "consumer") for name in having("consumer", tier="core")),  # it has the provider's setup of pages
]


@pytest.mark.parametrize(("name", "role"), PROJECTS)
def test_a_project_made_from_an_example_is_served_with_its_own_python_and_its_own_pages(name, role, tmp_path):
    """It may be anywhere; what it has in `templates/` takes the place of the shared pages and of the stylesheet."""
    manifest = manifests()[name]
    project, environment, providers = tmp_path / "project", tmp_path / "environment", tmp_path / "providers.toml"
    assemble(manifest, role, project)
    (project / "templates").mkdir()
    (project / "templates" / "style.css").write_text("a { color: red } /* {{ no template }} */")
    (project / "templates" / "base.html").write_text("Our own: {{ self.title() }}{% block title %}{% endblock %}")
    environment.symlink_to(python_for(manifest).parent.parent)
    python = environment / "bin" / "python"
    providers.write_text('[google]\npreset = "google"\nclient_id = "a-client"')
    port = free_port()
    with serving(manifest, role, port, providers=providers, home=project, python=python) as process:
        served = psutil.Process(process.pid)
        assert [str(python), str(project)] == [served.cmdline()[0], served.cwd()]
        assert "a { color: red } /* {{ no template }} */" == httpx2.get(f"{url_of(port)}/static/style.css", trust_env=False).text
        page = {"provider": "/login", "consumer": "/"}[role]
        assert httpx2.get(f"{url_of(port)}{page}", trust_env=False).text.startswith("Our own: Sign in")
