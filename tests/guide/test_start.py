"""What a new user types: each command of "Both sides in five minutes", in order, with other ports."""

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager, suppress

from frameworks.browser import Browser
from frameworks.environments import CONSTRAINTS
from frameworks.manifests import ROOT
from frameworks.registration import environ_without_settings
from frameworks.serve import free_ports, url_of
from tests.guide.recordings import asked

PAGE = (ROOT / "guide" / "start" / "both-sides.md").read_text(encoding="utf-8")
DEMO, MAKE_PROVIDER, SERVE_PROVIDER, NEW_USER, NEW_CLIENT, MAKE_CONSUMER, SERVE_CONSUMER = re.findall(r"```sh\n(.*?)\n```", PAGE, re.DOTALL)
PASSWORD = "correct horse battery staple"
SECONDS = 300


def test_the_demonstration_is_started_as_the_readme_says():
    """The page has the README's command, which `.ci/run` and the tests of the demonstration know too."""
    assert DEMO in (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_steps_that_the_page_names_are_those_of_the_diagram():
    """The password, the code on its way, and the exchange have the numbers that the page gives them."""
    named = ["POST /login", "POST /oauth2/authorize", "GET /callback/cookbook", "POST /oauth2/token"]
    assert named == [asked("openid", number) for number in (6, 8, 9, 10)]


class Terminal:
    """A person's shell.

    Args:
        folder: where it begins.
        provider: the port that takes the place of 5001.
        consumer: the port that takes the place of 5002.
    """

    def __init__(self, folder, provider, consumer):
        self.folder = folder
        config = folder / "cookiecutter.yaml"
        config.write_text(f"replay_dir: {folder / 'replay'}\ncookiecutters_dir: {folder / 'clones'}\n")
        locked = dict.fromkeys(("UV_CONSTRAINT", "PIP_CONSTRAINT"), str(CONSTRAINTS))
        self.environ = environ_without_settings() | locked | {"COOKIECUTTER_CONFIG": str(config), "GIT_CONFIG_GLOBAL": os.devnull}
        self.ports = {"5001": str(provider), "5002": str(consumer)}

    def typed(self, command, answers=""):
        """Return what is typed here in the place of what the page says."""
        pipx = f"{shlex.quote(sys.executable)} -m cookiecutter {shlex.quote(str(ROOT))}"
        for port, other in self.ports.items():
            command = command.replace(port, other)
        return command.replace("pipx run cookiecutter REPOSITORY", pipx) + answers

    def run(self, command, folder="", answers="", said=""):
        """Type a command, and return what it prints."""
        done = subprocess.run(
            ["/bin/sh", "-c", self.typed(command, answers)],
            cwd=self.folder / folder,
            env=self.environ,
            input=said,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        assert 0 == done.returncode, done.stdout + done.stderr
        return done.stdout

    @contextmanager
    def serving(self, command, port):
        """Type a command that serves, and go on once it answers."""
        with (self.folder / f"{port}.log").open("wb") as log:
            process = subprocess.Popen(
                ["/bin/sh", "-c", self.typed(command)], cwd=self.folder, env=self.environ, stdout=log, stderr=log, process_group=0
            )
        try:
            deadline = time.monotonic() + SECONDS
            while process.poll() is None and time.monotonic() < deadline:
                with suppress(OSError), urllib.request.urlopen(f"{url_of(port)}/healthz", timeout=5):  # noqa: S310 - our own server
                    break
                time.sleep(0.2)
            yield
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            process.wait()


def test_both_sides_are_made_and_talk_to_each_other(tmp_path):
    """A provider and a consumer, made, registered and served as the page says, sign somebody in."""
    provider, consumer = free_ports(2)
    terminal = Terminal(tmp_path, provider, consumer)
    terminal.run(MAKE_PROVIDER, answers=f" issuer_url={url_of(provider)}")
    with terminal.serving(SERVE_PROVIDER, provider):
        terminal.run(NEW_USER, "oauth-provider", said=f"{PASSWORD}\n")
        printed = terminal.run(NEW_CLIENT, "oauth-provider")
        client = json.loads(printed[printed.index("{") : printed.rindex("}") + 1])
        terminal.run(MAKE_CONSUMER, answers=f" issuer_url={url_of(provider)} url={url_of(consumer)}")
        settings = tmp_path / "oauth-consumer" / ".env"
        text = settings.read_text(encoding="utf-8")
        for name in ("client_id", "client_secret"):
            empty = f"OWN_{name.upper()}="
            assert 1 == text.count(f"{empty}\n")
            text = text.replace(f"{empty}\n", f"{empty}{client[name]}\n")
        settings.write_text(text, encoding="utf-8")
        with terminal.serving(SERVE_CONSUMER, consumer):
            browser = Browser()
            page = browser.get(url_of(consumer))
            assert f"Sign in with 127.0.0.1:{provider}" in page.text
            page = browser.submit(page, "/login/own")
            page = browser.submit(page, username="dana", password=PASSWORD)
            page = browser.submit(page, decision="allow")
            assert (200, f"{url_of(consumer)}/profile") == (page.status, page.url)
