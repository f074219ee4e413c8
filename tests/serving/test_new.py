"""``nox -s new``: the folder of a new framework; ``nox -s check``: which of its routes work."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from frameworks.contract import sections
from frameworks.manifests import KINDS, ROLES, ROOT, manifests, read
from frameworks.new import OWN_ROUTES
from frameworks.tracked import copy_tracked


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project that frameworks can be added to."""
    copy = tmp_path_factory.mktemp("new") / "project"
    copy_tracked(ROOT, copy)
    subprocess.run(["git", "init", "-q"], check=True, cwd=copy)
    return copy


def run(project: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a module of the copy."""
    environ = os.environ | {"PYTHONPATH": str(project)}
    return subprocess.run([sys.executable, "-m", *command], check=False, cwd=project, env=environ, capture_output=True, text=True)


@pytest.mark.parametrize("kind", KINDS)
def test_the_stubs_state_what_the_contract_says_of_each_route(project: Path, kind: str) -> None:
    """Each kind has a manifest that is read, and for each route that an example answers a function with its section of the contract."""
    assert 0 == run(project, "frameworks.new", f"some-{kind}", "--kind", kind).returncode
    manifest = read(project / "frameworks" / f"some-{kind}" / "pyproject.toml")
    assert (kind, ROLES) == (manifest.kind, manifest.roles)
    for role in ROLES:
        stub = ast.parse((manifest.folder / role / "app.py").read_text())
        stated = {node.name: ast.get_docstring(node) or "" for node in stub.body if isinstance(node, ast.FunctionDef)}
        for path, (name, _) in OWN_ROUTES[role].items():
            methods, text = sections(role)[path]
            assert stated[name].startswith(f"{methods} {path}\n")
            assert re.sub(r"\s+", "", text) in re.sub(r"\s+", "", stated[name])


def test_a_framework_can_begin_as_a_copy_of_another_one(project: Path) -> None:
    """The copy has its own name, and is tested as every framework is."""
    assert 0 == run(project, "frameworks.new", "flask-like", "--title", "Flask, Again", "--kind", "wsgi", "--like", "flask").returncode
    copied, flask = read(project / "frameworks" / "flask-like" / "pyproject.toml"), manifests()["flask"]
    assert ("Flask, Again", "flask_like", "conformance") == (copied.title, copied.package, copied.tests)
    assert flask.dependencies == copied.dependencies
    assert (flask.folder / "provider" / "app.py").read_text() == (copied.folder / "provider" / "app.py").read_text()


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["flask", "--kind", "wsgi"], "frameworks/flask/ already exists"),
        (["../flask", "--kind", "wsgi"], "is not a name"),
        (["Some Framework", "--kind", "wsgi"], "is not a name"),
        (["other", "--kind", "cgi"], "invalid choice: 'cgi'"),
        (["other"], "say --kind wsgi or asgi or loop, or --like"),
        (["other", "--like", "unknown"], "--like unknown: there are "),
        (["other", "--kind", "asgi", "--like", "flask"], "flask is wsgi, not asgi"),
    ],
)
def test_a_folder_that_cannot_be_written_is_refused(project: Path, arguments: list[str], reason: str) -> None:
    """One line says why, and nothing is written."""
    before = sorted((project / "frameworks").iterdir())
    refused = run(project, "frameworks.new", *arguments)
    assert 2 == refused.returncode
    assert reason in refused.stderr.splitlines()[-1]
    assert before == sorted((project / "frameworks").iterdir())


def test_a_check_shows_which_routes_of_a_stub_work(project: Path) -> None:
    """The mount answers the machine routes of a new framework from the beginning; its pages are missing, and the check fails."""
    assert 0 == run(project, "frameworks.new", "stub", "--kind", "wsgi").returncode
    manifest = project / "frameworks" / "stub" / "pyproject.toml"
    manifest.write_text(manifest.read_text().replace('    "stub",\n', ""))  # it is no package
    tests = ("tests/edge/test_responses.py", "tests/conformance/test_routes.py", "--framework", "stub")
    checked = run(project, "pytest", "-p", "no:cacheprovider", "-p", "tests.checklist", "-q", "--tb=no", "-rN", *tests)
    assert 1 == checked.returncode, checked.stdout + checked.stderr
    lines = checked.stdout.splitlines()
    for working in ("provider: POST, OPTIONS /oauth2/revoke", "provider: POST /oauth1/request_token", "consumer: GET /healthz"):
        assert f"✓ {working}" in lines
    for missing in ("provider: GET, POST /login", "provider: GET, POST /api/notes", "consumer: GET /", "edge: repeated headers stay apart"):
        assert [line for line in lines if line.startswith(f"✗ {missing}")]
    assert "/login is not written yet" in checked.stdout
    assert "the first failure: " in checked.stdout


def test_a_check_is_of_one_framework(project: Path) -> None:
    """Without a name, or with one that does not exist, the message lists the names."""
    for arguments in ([], ["--framework", "unknown"]):
        refused = run(project, "pytest", "-p", "tests.checklist", "tests/edge", *arguments)
        assert 4 == refused.returncode
        assert "name one framework: nox -s check -- NAME, with one of: aspen, " in refused.stderr
