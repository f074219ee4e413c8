"""The grid of consumers and providers: it is whole when each flow was run, and says which was not, and why."""

import json
import signal

import psutil

from frameworks.manifests import manifests
from tests.serving.conftest import PROVIDERS

NAME = PROVIDERS[0]
TITLE = manifests()[NAME].title


def test_a_framework_alone_fills_its_grid(run, tmp_path):
    """Both flows run, and are shown and written; nothing is left, and nothing that is written tells where it was played."""
    results = tmp_path / "results.json"
    command = run("-m", "frameworks.interop", NAME, "--json", results)
    status, shown = command.end()
    assert 0 == status, shown + "\n".join(command.said())
    assert f"\nconsumer \\ provider  {TITLE}\n{TITLE:19}  both\n" in shown
    document = json.loads(results.read_text())
    assert {NAME: {NAME: {"oauth1": "ok", "openid": "ok"}}} == document["flows"]
    assert [NAME] == list(document["frameworks"])
    assert manifests()[NAME].package in document["frameworks"][NAME]["versions"]
    assert [] == list(command.temporary.iterdir())


def test_a_flow_that_fails_is_told_by_the_grid_and_the_exit_status(run, tmp_path):
    """A consumer with a wrong client secret signs nobody in over OpenID Connect: its cell says so, the reason and the log are shown."""
    program = """
from dataclasses import replace
from frameworks import interop
providers = interop.providers
interop.providers = lambda registrations: providers(replace(one, client_secret="demo-another") for one in registrations)
raise SystemExit(interop.main())
"""
    results = tmp_path / "results.json"
    command = run("-c", program, NAME, "--json", results)
    status, shown = command.end()
    assert 1 == status, shown
    assert f"{TITLE:19}  no openid" in shown.splitlines()
    told = json.loads(results.read_text())["flows"][NAME][NAME]
    assert "ok" == told["oauth1"]
    assert f"came to {NAME} consumer/callback/{NAME} (400): The sign-in has failed" in told["openid"]
    assert f"{TITLE} at {TITLE}, OAuth 2.1 and OpenID Connect: {told['openid']}" == shown.splitlines()[-1]
    assert any(line.startswith(f"{NAME} consumer: ") and "invalid_client" in line for line in command.said())


def test_a_server_that_does_not_start_is_told_by_the_grid_and_the_exit_status(run):
    """Its cells are empty, and the last line that it wrote stands below."""
    program = f"""
from dataclasses import replace
from frameworks import interop
tired = replace(interop.manifests()["{NAME}"], server=("-c", "import sys; sys.exit('too tired to listen') # {{port}}"))
interop.manifests = lambda: {{tired.name: tired}}
raise SystemExit(interop.main())
"""
    status, shown = run("-c", program).end()
    assert 1 == status, shown
    assert f"{TITLE} provider: the server ended with status 1 before it listened: too tired to listen" in shown.splitlines()


def test_an_end_halfway_is_no_success_and_leaves_nothing(run):
    """Ctrl-C ends the servers too, and the exit status tells that there is no grid."""
    command = run("-m", "frameworks.interop", NAME)
    assert "2 of 2 examples are served" in command.line()
    processes = psutil.Process(command.process.pid).children(recursive=True)
    status, _ = command.end(signal.SIGINT)
    assert 1 == status
    assert [] == [process for process in processes if process.is_running()]
    assert [] == list(command.temporary.iterdir())


def test_a_framework_that_is_not_there_is_refused(run):
    """A name that is none is told before anything is served."""
    command = run("-m", "frameworks.interop", "no-such-framework")
    assert (2, "") == command.end()
    assert "no-such-framework is none of" in command.said()[-1]
