"""An application outside this repository sees the types of what it imports."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

APPLICATION = """
from collections.abc import Iterable
from typing import Any

from shared_validator import (
    Consumer,
    ConsumerSettings,
    HTTPProblem,
    Provider,
    Refused,
    Response,
    Settings,
    SQLConsumerStore,
    SQLStore,
    Token,
    respond,
    session_secret,
)
from shared_validator.edge.mount import current_request

provider = Provider(Settings.from_environ(), SQLStore.from_environ(), scopes={"notes:read": "Read"})
consumer = Consumer(ConsumerSettings.from_environ(), SQLConsumerStore.from_environ())
secret: str = session_secret()


def api(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    try:
        token: Token = provider.require(current_request(environ), "notes:read")
        body = token.subject.encode()
    except HTTPProblem as problem:
        response: Response = respond(problem, page=False)
        body = response.body
    return [body]


application = provider.wsgi(consumer.wsgi(api))
"""


def checked(folder: Path, source: str) -> subprocess.CompletedProcess[str]:
    """Check a module with mypy, as strictly as it can, away from the settings of this repository."""
    (folder / "application.py").write_text(source)
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(folder / "cache"), "application.py"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_an_application_outside_the_repository_sees_the_types(tmp_path: Path) -> None:
    """PEP 561: the package says that it is typed, and each public name has its type; a wrong use is found."""
    done = checked(tmp_path, APPLICATION)
    assert "Success: no issues found in 1 source file\n" == done.stdout, done.stdout + done.stderr

    wrong = checked(tmp_path, APPLICATION.replace("token.subject.encode()", "token.subjekt.encode()"))
    assert (1, True) == (wrong.returncode, '"Token" has no attribute "subjekt"' in wrong.stdout), wrong.stdout
