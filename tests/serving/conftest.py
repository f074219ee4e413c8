"""`serve` and the demonstration as a person or a script starts them: as processes."""

import os
import signal
import subprocess
import sys

import pytest

from frameworks.manifests import ROOT
from tests.driving.frameworks import having, tier_of

PROVIDERS = having("provider")
SETTINGS = ("OAUTH_", "CONSUMER_", "DATABASE_", "SESSION_SECRET", "DISPLAY", "WAYLAND_DISPLAY")


def pytest_generate_tests(metafunc):
    """Run a test that serves any provider for the frameworks of its tier."""
    if "framework" in metafunc.fixturenames:
        metafunc.parametrize("framework", having("provider", tier=tier_of(metafunc)))


class Command:
    """A running Python; its temporary folder is watched for what it leaves there."""

    def __init__(self, temporary, *arguments, **environ):
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(SETTINGS)}
        self.temporary = temporary
        self.errors = temporary.parent / "errors"
        with self.errors.open("wb") as errors:
            self.process = subprocess.Popen(
                [sys.executable, *arguments],
                cwd=ROOT,
                env=inherited | {"TMPDIR": str(temporary)} | environ,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                process_group=0,
            )

    def line(self):
        """Return the next line of standard output."""
        return self.process.stdout.readline().rstrip("\n")

    def end(self, number=None):
        """Send a signal, if one is given, and return the exit status and what was left on standard output."""
        if number is not None:
            self.process.send_signal(number)
        left = self.process.stdout.read()
        return self.process.wait(30), left

    def said(self):
        """Return the lines on standard error."""
        return self.errors.read_text().splitlines()


@pytest.fixture
def run(tmp_path):
    """Start commands, and kill what a failed test leaves of them."""
    started = []

    def start(*arguments, **environ):
        folder = tmp_path / str(len(started)) / "tmp"
        folder.mkdir(parents=True)
        started.append(Command(folder, *map(str, arguments), **environ))
        return started[-1]

    yield start
    for command in started:
        if command.process.poll() is None:
            command.process.send_signal(signal.SIGTERM)
            command.process.wait(30)
        command.process.stdout.close()
