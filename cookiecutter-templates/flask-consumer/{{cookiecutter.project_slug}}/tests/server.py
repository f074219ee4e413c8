"""Serves the project as a process, as in production, with the tests' own database and secrets."""

import base64
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx2
import pytest

from tests.database import database

PROJECT = Path(__file__).resolve().parent.parent
MIGRATE = ["-m", "shared_validator", "migrate"]
SERVER = [
    "-m",
    "waitress",
    "--listen=127.0.0.1:{port}",
    "--threads=8",
    "--max-request-body-size=4194304",
    "--channel-timeout=30",
    "--connection-limit=1000",
    "--no-clear-untrusted-proxy-headers",
    "--call",
    "app:create_app",
]


@contextmanager
def serving(*commands, **settings):
    """Serve the project while the block runs, and yield its URL. Its output is shown with a failing test.

    Args:
        commands: arguments of Python, to run once the database has its tables.
        settings: environment variables for the server.
    """
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    with database() as database_url:
        environ = _environ(url, database_url) | settings
        for command in (MIGRATE, *commands):
            if subprocess.run([sys.executable, *command], cwd=PROJECT, env=environ, check=False).returncode:
                pytest.fail(f"python {' '.join(command)} has failed", pytrace=False)
        command = [sys.executable, *(argument.format(port=port) for argument in SERVER)]
        process = subprocess.Popen(command, cwd=PROJECT, env=environ, stdin=subprocess.DEVNULL, process_group=0)
        try:
            _wait(process, url)
            yield url
        finally:
            _stop(process)


def _free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def _environ(url, database_url):
    # Settings of your shell, such as a real database, must not affect the tests.
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("OAUTH_", "CONSUMER_"))}
    return inherited | {
        "CONSUMER_URL": url,
        "CONSUMER_SECRET_KEY": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "SESSION_SECRET": secrets.token_urlsafe(32),
        "DATABASE_URL": database_url,
        "no_proxy": "*",  # everything stays on this machine
    }


def _wait(process, url):
    deadline = time.monotonic() + 60
    with httpx2.Client(base_url=url, trust_env=False) as client:
        while time.monotonic() < deadline:
            if process.poll() is not None:
                pytest.fail(f"the server ended with status {process.returncode} before it answered", pytrace=False)
            with suppress(httpx2.TransportError):
                if client.get("/healthz").status_code == 200:
                    return
            time.sleep(0.1)
    pytest.fail("the server does not answer /healthz with 200", pytrace=False)


def _stop(process):
    """End the server and all processes that it has started, which are one group."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        process.wait(10)
    with suppress(ProcessLookupError, PermissionError):  # nothing is left; macOS says it in another way
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
