"""The demonstration: both flows end well, each step is printed, and secrets are printed once."""

import re
import signal
import time

import psutil

from frameworks.browser import Browser

DEMO = ("-m", "frameworks.demo")


def test_both_flows_run_and_are_shown(run):
    """`--check` signs in over OAuth 1.0a and over OpenID Connect, prints who asks whom, and shortens secrets wherever they pass by."""
    command = run(*DEMO, "--check")
    status, shown = command.end()
    assert 0 == status, shown + "\n".join(command.said())
    for step in (
        "browser asks consumer: POST /login/cookbook-oauth1",
        "consumer asks provider: POST /oauth1/request_token",
        "browser asks provider: POST /oauth1/authorize",
        "consumer asks provider: POST /oauth1/access_token",
        "browser asks provider: GET /oauth2/authorize",
        "consumer asks provider: POST /oauth2/token",
        "browser asks provider: POST /oauth2/logout",
    ):
        assert step in shown
    secrets = re.findall(r"demo-[\w-]{24}", shown.partition("──")[0])
    assert 3 == len(secrets)
    assert [1, 1, 1] == [shown.count(secret) for secret in secrets]
    assert not re.search(r"(token|secret|verifier|password)=\"?[\w-]{13}", shown)
    assert [] == list(command.temporary.iterdir())


def test_a_person_finds_the_consumer_and_ends_it_with_ctrl_c(run):
    """The consumer's URL is printed and answers; Ctrl-C leaves no process and no file."""
    command = run(*DEMO)
    lines = []
    while not lines or "Ctrl-C" not in lines[-1]:
        lines.append(command.line())
        assert command.process.poll() is None, lines
    url = re.search(r"consumer +(http\S+)", "\n".join(lines))[1]
    processes = psutil.Process(command.process.pid).children(recursive=True)
    assert "Sign in" in Browser().get(url).text
    status, _ = command.end(signal.SIGINT)
    assert 0 == status
    time.sleep(0.1)
    assert [] == [process for process in processes if process.is_running()]
    assert [] == list(command.temporary.iterdir())


def test_a_flow_that_fails_is_told_by_the_exit_status(run):
    """With a step that leads elsewhere, `--check` says which one and ends with status 1."""
    program = """
from frameworks import browser, demo
browser.Browser.submit = lambda self, page, path=None, **typed: page
raise SystemExit(demo.main())
"""
    command = run("-c", program, "--check")
    status, shown = command.end()
    assert 1 == status
    assert "/profile with 'Dana Demo', but came to" in shown
