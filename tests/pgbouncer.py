"""PgBouncer, as Debian packages it, in front of the tests' PostgreSQL."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from sqlalchemy import URL

from frameworks.serve import free_port

EXECUTABLE = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
"""The program, or ``None`` where it is not installed."""

_SETTINGS = """\
[databases]
pooled = {server}

[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 4
max_client_conn = 200
server_tls_sslmode = prefer
"""


@contextlib.contextmanager
def pooled(url: str) -> Iterator[str]:
    """Yield the URL of a PostgreSQL database through a PgBouncer that gives each transaction a connection of its pool of 4."""
    port = free_port()
    given = conninfo_to_dict(url)
    server = make_conninfo(**{name: given[name] for name in ("host", "port", "user", "password", "dbname") if name in given})
    pool = URL.create("postgresql", "pooled", host="127.0.0.1", port=port, database="pooled").render_as_string()
    with tempfile.TemporaryDirectory() as folder:
        settings = Path(folder) / "pgbouncer.ini"
        settings.write_text(_SETTINGS.format(server=server, port=port))
        settings.chmod(0o644)
        Path(folder).chmod(0o755)
        # It refuses to run as root, and the socket of our own server is its user's alone.
        user = _owner(Path(str(given.get("host", "")))) if os.geteuid() == 0 else None
        with (Path(folder) / "log").open("wb") as log, subprocess.Popen([EXECUTABLE or "", settings], stderr=log, user=user) as process:
            try:
                _wait(pool, process, Path(folder) / "log")
                yield pool
            finally:
                process.terminate()


def _owner(socket: Path) -> int | str:
    return socket.stat().st_uid if socket.is_absolute() else "nobody"


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + 10
    while process.poll() is None and time.monotonic() < until:
        with contextlib.suppress(psycopg.OperationalError), psycopg.connect(url, connect_timeout=5):
            return
        time.sleep(0.05)
    raise RuntimeError(log.read_text())
