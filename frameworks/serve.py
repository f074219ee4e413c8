"""Serves an example of any framework, in the same way: `nox -s serve -- FRAMEWORK ROLE --port PORT`.

The example has its own environment and its own process group. When this process is told to end, it
ends the whole group and cleans up.
"""

from __future__ import annotations

import argparse
import base64
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO

from frameworks.assembly import assemble
from frameworks.environments import python_for
from frameworks.manifests import ROLES, Manifest, ManifestError, manifests
from frameworks.sources import SourceError, find

HOST = "127.0.0.1"
_PORTS = range(20000, 32768)
"""Below the ports of outgoing connections, so nothing takes a port before its server listens."""
_START_SECONDS = 60
_STOP_SECONDS = 10


class ServeError(Exception):
    """An example cannot be served; the message is one line for people to read.

    Args:
        message: what is wrong.
        status: the exit status for scripts.
    """

    def __init__(self, message: str, status: int = 1) -> None:
        super().__init__(message)
        self.status = status


class MissingSourceError(ServeError):
    """The framework is on no package index, and its source is not on this machine."""


@contextmanager
def serving(
    manifest: Manifest,
    role: str,
    port: int,
    *,
    database: str | None = None,
    seed: Path | None = None,
    prepared: bool = False,
    providers: Path | None = None,
    environ: Mapping[str, str] = os.environ,
    log: IO[bytes] | None = None,
    home: Path | None = None,
    python: Path | None = None,
) -> Iterator[subprocess.Popen[bytes]]:
    """Serve an example while the block runs. It listens by the time the block begins.

    Args:
        manifest: the framework.
        role: `provider` or `consumer`.
        port: where to listen, on the loopback address.
        database: its URL; defaults to `DATABASE_URL`, or else to a file that is deleted at the end.
        seed: what to load into a provider's database first (JSON).
        prepared: whether the database already has the tables and the seed.
        providers: the providers file of a consumer (TOML).
        environ: the example's environment, to which its settings are added.
        log: where its output goes; standard error by default.
        home: the folder of a project made from the example; by default, the example is served.
        python: the Python of an environment; by default that of the framework's.

    Yields:
        The server's process.

    Raises:
        ServeError: the port is taken, the framework's source is missing, the database cannot be
            prepared, or the server ends before it listens.
        ManifestError: the example cannot be assembled.
    """
    if role not in manifest.roles:
        raise ServeError(f"{manifest.name} has no {role}; it has: {', '.join(manifest.roles)}")
    _check_port(port)
    source = _source(manifest, environ)
    python = (
        python or python_for(manifest)
    ).absolute()  # not resolved: only the link is in the environment
    with tempfile.TemporaryDirectory(prefix="cookbook-") as folder:
        if home is None:
            home = Path(folder) / "example"
            assemble(manifest, role, home)
        url = _absolute(
            database or environ.get("DATABASE_URL") or f"sqlite:///{folder}/{role}.sqlite"
        )
        settings = (
            _settings(role, port, providers)
            | dict(environ)
            | source
            | {"DATABASE_URL": url, "PYTHONUNBUFFERED": "1"}
        )
        written = log.fileno() if log else sys.stderr.fileno()
        if not prepared:
            _prepare(home, settings, written, str(python), *manifest.migrate)
            if seed is not None:
                _prepare(home, settings, written, str(python), *manifest.seed, str(seed.resolve()))
        command = [str(python), *(argument.format(port=port) for argument in manifest.server)]
        process = subprocess.Popen(  # noqa: S603 - the manifest's own command
            command,
            cwd=home,
            env=settings,
            stdin=subprocess.DEVNULL,
            stdout=written,
            stderr=written,
            process_group=0,
        )
        try:
            _wait_until_it_listens(process, port)
            yield process
        finally:
            _stop(process)


def free_port() -> int:
    """Return a free port."""
    return free_ports(1)[0]


def free_ports(number: int) -> list[int]:
    """Return different free ports."""
    ports: list[int] = []
    with ExitStack() as stack:
        while len(ports) < number:
            listener = stack.enter_context(socket.socket())
            port = secrets.choice(_PORTS)
            with suppress(OSError):
                listener.bind((HOST, port))
                ports.append(port)
    return ports


def url_of(port: int) -> str:
    """Return the public URL of an example that is served on a port."""
    return f"http://{HOST}:{port}"


def _source(manifest: Manifest, environ: Mapping[str, str]) -> dict[str, str]:
    if manifest.source is None:
        return {}
    try:
        return {manifest.source.variable: str(find(manifest.source, environ))}
    except SourceError as error:
        raise MissingSourceError(f"{manifest.title}: {error}") from error


def _settings(role: str, port: int, providers: Path | None) -> dict[str, str]:
    key = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
    if role == "provider":
        own = {"OAUTH_ISSUER": url_of(port), "OAUTH_SECRET_KEY": key}
    else:
        own = {"CONSUMER_URL": url_of(port), "CONSUMER_SECRET_KEY": key}
        if providers is not None:
            own["CONSUMER_PROVIDERS"] = str(providers.resolve())
    return own | {"SESSION_SECRET": secrets.token_urlsafe(32)}


def _absolute(database: str) -> str:
    # The server runs in the example's folder, but you mean the folder where you typed the command.
    scheme, separator, path = database.partition(":///")
    return (
        f"{scheme}{separator}{Path(path).resolve()}"
        if scheme.startswith("sqlite") and path
        else database
    )


def _check_port(port: int) -> None:
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, port))
        except (OSError, OverflowError) as error:
            raise ServeError(
                f"port {port} is not free ({error}); choose another with --port"
            ) from error


def _prepare(folder: Path, settings: Mapping[str, str], written: int, *command: str) -> None:
    status = subprocess.run(  # noqa: S603 - the manifest's own command
        command, env=settings, cwd=folder, stdout=written, stderr=written, check=False
    ).returncode
    if status:
        raise ServeError(f"the database could not be prepared ({' '.join(command[1:])})", status)


def _wait_until_it_listens(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise ServeError(
                f"the server ended with status {process.returncode} before it listened",
                max(process.returncode, 1),
            )
        with suppress(OSError), socket.create_connection((HOST, port), timeout=5) as connection:
            # Some servers listen before they load the application, and end if it fails to load.
            connection.sendall(
                f"GET /healthz HTTP/1.1\r\nHost: {HOST}:{port}\r\nConnection: close\r\n\r\n".encode()
            )
            if connection.recv(1):
                return
        time.sleep(0.05)
    raise ServeError(f"the server did not listen within {_START_SECONDS} seconds")


def _stop(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        process.wait(_STOP_SECONDS)
    # End workers that outlived the server, or a server that did not listen.
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def end_on_signals(status: int = 0) -> None:
    """Make SIGTERM, SIGHUP and Ctrl-C end this process with this status.

    They raise an exception, so that every `finally` runs.
    """
    signals = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)

    def end(number: int, frame: object) -> None:
        for one in signals:
            signal.signal(
                one, signal.SIG_IGN
            )  # an impatient second Ctrl-C must not interrupt the cleanup
        raise SystemExit(status)

    for one in signals:
        signal.signal(one, end)


def _parser(names: list[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="nox -s serve --", description="Serve an example until it is told to end."
    )
    parser.add_argument("framework", choices=names)
    parser.add_argument("role", choices=ROLES)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument(
        "--database", metavar="URL", help="instead of a SQLite file that is deleted at the end"
    )
    parser.add_argument(
        "--seed",
        type=Path,
        metavar="FILE.json",
        help="users, clients and OAuth 1.0a consumers to load first",
    )
    parser.add_argument(
        "--prepared", action="store_true", help="the database has its tables and the seed already"
    )
    parser.add_argument(
        "--providers", type=Path, metavar="FILE.toml", help="the consumer's providers file"
    )
    parser.add_argument(
        "--extra", metavar="NAME", help="install what a recipe of the framework needs besides"
    )
    return parser


def _serve() -> None:
    known = manifests()
    parser = _parser(list(known))
    options = parser.parse_args()
    for file, role in ((options.seed, "provider"), (options.providers, "consumer")):
        if file is not None and options.role != role:
            parser.error(f"{file}: is for a {role}")
        if file is not None and not file.is_file():
            parser.error(f"{file}: is not a file")
    if (
        options.role == "consumer"
        and options.providers is None
        and "CONSUMER_PROVIDERS" not in os.environ
    ):
        parser.error("a consumer needs --providers")
    files = {name: getattr(options, name) for name in ("database", "seed", "prepared", "providers")}
    manifest = known[options.framework]
    if options.extra is not None:
        manifest = manifest.with_extra(options.extra)
    with serving(manifest, options.role, options.port, **files) as process:
        print(f"ready {url_of(options.port)}", flush=True)  # noqa: T201 - what a script waits for
        status = process.wait()
    raise ServeError(f"the server ended by itself with status {status}", max(status, 1))


def complaint(error: Exception) -> int:
    """Print one line with the reason why nothing can be served, and return the exit status."""
    if isinstance(error, subprocess.CalledProcessError):
        error = ServeError(
            f"the environment could not be made: {' '.join(error.cmd)}", error.returncode
        )
    print(error, file=sys.stderr)  # noqa: T201 - one line for a person
    return error.status if isinstance(error, ServeError) else 1


def main() -> int:
    """Serve the example that the command line names, and return the exit status."""
    end_on_signals()
    try:
        _serve()
    except (ServeError, ManifestError, subprocess.CalledProcessError) as error:
        return complaint(error)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
