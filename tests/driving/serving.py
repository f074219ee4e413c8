"""Examples as real processes, started the way everybody starts them: ``frameworks.serve``."""

from __future__ import annotations

import base64
import os
import queue
import secrets
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import ClassVar

import psutil

from frameworks.manifests import manifests
from frameworks.serve import free_port, url_of
from tests.driving import registry

ROOT = Path(__file__).resolve().parents[2]
_PASSED_ON = ("OAUTH_", "CONSUMER_", "SESSION_", "DATABASE_")
_START_SECONDS = 120  # the first start of all installs the framework's environment


_SECRET_KEY = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
"""The key that encrypts what a provider stores: the same for all, so that a database can be copied."""


class _Database:
    """The SQLite database of a server, as it is at the first start: prepared once, then copied for each server like it."""

    _kept: ClassVar[dict[tuple[object, ...], bytes]] = {}

    def __init__(self, framework: str, role: str, options: Mapping[str, str], environ: Mapping[str, str]) -> None:
        manifest = manifests()[framework]
        seed = Path(options["seed"]).read_bytes() if "seed" in options else b""
        url = options.get("database") or environ["DATABASE_URL"]
        self._path = Path(url.removeprefix("sqlite:///")) if url.startswith("sqlite:///") else None
        self._like = (role, manifest.migrate, manifest.seed, seed, environ["OAUTH_SECRET_KEY"])
        self._is_new = False

    def copy(self) -> bool:
        """Copy the database of an earlier server, and return whether there was one."""
        self._is_new = self._path is not None and not self._path.exists()
        if not self._is_new or self._like not in self._kept:
            return False
        self._path.write_bytes(self._kept[self._like])
        return True

    def keep(self) -> None:
        """Keep the database of a server that has just started, for later ones."""
        if self._is_new and self._like not in self._kept:
            with closing(sqlite3.connect(self._path)) as database:
                self._kept[self._like] = database.serialize()
        self._is_new = False


class Server:
    """A served example.

    Args:
        framework: the framework's name.
        role: ``provider`` or ``consumer``.
        folder: where its log goes.
        port: where it listens; a free one by default.
        options: the options of ``serve``, without the dashes: ``database``, ``seed``, ``providers``.
        environ: settings beside the default ones.

    Attributes:
        url: where requests go.
        log: what it wrote to standard error.
    """

    def __init__(
        self, framework: str, role: str, folder: Path, *, port: int | None = None, environ: Mapping[str, str] | None = None, **options: str
    ) -> None:
        self.framework, self.role = framework, role
        self.port = port or free_port()
        self.url = url_of(self.port)
        self.log = folder / f"{framework}-{role}-{self.port}.log"
        if "DATABASE_URL" not in (environ or {}):
            options.setdefault("database", f"sqlite:///{folder}/{framework}-{role}-{self.port}.sqlite")
        arguments = [part for name, value in options.items() for part in (f"--{name}", value)]
        self._command = [sys.executable, "-m", "frameworks.serve", framework, role, "--port", str(self.port), *arguments]
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(_PASSED_ON)}
        self._environ = inherited | {"PYTHONUNBUFFERED": "1", "OAUTH_SECRET_KEY": _SECRET_KEY} | dict(environ or {})
        self.secret_key = self._environ["OAUTH_SECRET_KEY"]
        self._database = _Database(framework, role, options, self._environ)
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> Server:
        """Start it, and wait until it says that it is ready."""
        prepared = ["--prepared"] if self._database.copy() else []
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*self._command, *prepared],
                stdout=subprocess.PIPE,
                stderr=log,
                env=self._environ,
                cwd=ROOT,
                text=True,
                start_new_session=True,
            )
        first: queue.Queue[str] = queue.Queue()
        threading.Thread(target=lambda: first.put(self._process.stdout.readline()), daemon=True).start()
        try:
            line = first.get(timeout=_START_SECONDS)
        except queue.Empty:
            line = "nothing"
        if line != f"ready {self.url}\n":
            self.kill()
            raise RuntimeError(f"{' '.join(self._command)} said {line!r} first; its log: {self.log.read_text()[-3000:]}")
        self._database.keep()
        registry.SERVED[f"127.0.0.1:{self.port}"] = (self.framework, self.role)
        return self

    def stop(self) -> int:
        """Ask it to end, and return its exit status."""
        assert self._process is not None
        self._process.terminate()
        try:
            status = self._process.wait(timeout=20)
        finally:
            self.kill()
        return status

    def kill(self) -> None:
        """End it and all that it has started, without a chance to tidy up."""
        assert self._process is not None
        if self._process.poll() is None:
            # The server has a process group of its own, so that of `serve` is not all.
            itself = psutil.Process(self._process.pid)
            for process in (itself, *itself.children(recursive=True)):
                with suppress(psutil.NoSuchProcess):
                    process.kill()
        self._process.wait(timeout=20)
        self._process.stdout.close()
