"""The application under load: the Flask example as it stands, and beside it, in the same process, applications that do the least.

It is served from the example's folder by the server that the manifest names.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import threading
import time
from pathlib import Path
from typing import Any

import app as example
from flask import Blueprint, Flask
from flask_wtf.csrf import CSRFProtect

if "BENCHMARK_CORE" in os.environ and hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(
        0, {int(os.environ["BENCHMARK_CORE"])}
    )  # the server's threads are made after this, and inherit it

logging.getLogger("waitress.queue").setLevel(
    logging.ERROR
)  # it says of each request that it waits: that is the load

COLUMNS = "token_hash, grant_id, client_id, user_id, scope, audience, issued_at, expires_at"
KEY = bytes(32)
"""The row that the bare endpoint finds."""


api = Blueprint("benchmark", __name__)


@api.get("/benchmark/check")
@example.requires("profile")
def check(token: Any) -> dict[str, Any]:
    """Answer with what the check alone has found out."""
    return {"user_id": token.user_id, "client_id": token.client_id, "scope": token.scope}


provider = example.create_app()
provider.register_blueprint(api)


_PRAGMAS = ("journal_mode", "synchronous", "wal_autocheckpoint", "mmap_size")
with example.store.engine.connect() as _connection:
    PRAGMAS = [
        f"PRAGMA {name}={_connection.exec_driver_sql(f'PRAGMA {name}').scalar()}"
        for name in _PRAGMAS
    ]
FLOOR = Path(os.environ["DATABASE_URL"].removeprefix("sqlite:///")).with_suffix(".bare")
_local = threading.local()


def floor() -> sqlite3.Connection:
    """Return this thread's held connection to a file of its own, which is written as durably as the store's."""
    try:
        held: sqlite3.Connection = _local.connection
    except AttributeError:
        held = _local.connection = sqlite3.connect(FLOOR, isolation_level=None)
        for pragma in PRAGMAS:
            held.execute(pragma)
    return held


floor().execute(
    "CREATE TABLE tokens (token_hash BLOB PRIMARY KEY, grant_id BLOB NOT NULL, client_id TEXT NOT NULL, user_id TEXT,"
    " scope TEXT NOT NULL, audience TEXT NOT NULL, issued_at BIGINT NOT NULL, expires_at BIGINT NOT NULL) WITHOUT ROWID"
)
least = Blueprint("least", __name__)


def insert(key: bytes) -> None:
    """Write one row, as durable as the store's own."""
    now = int(time.time())
    row = (
        key,
        bytes(16),
        "benchmark",
        "e1b4f0f6d4c04a6f9d3e8a1c5b7f2d90",
        "profile",
        example.provider.settings.issuer,
        now,
        now + 3600,
    )
    floor().execute(f"INSERT INTO tokens ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)  # noqa: S608 - a constant


insert(KEY)


@least.get("/select")
def bare_select() -> dict[str, Any]:
    """Find one row, and answer with what `check` answers."""
    row = floor().execute(f"SELECT {COLUMNS} FROM tokens WHERE token_hash = ?", (KEY,)).fetchone()  # noqa: S608 - a constant
    return {"user_id": row[3], "client_id": row[2], "scope": row[4].split(" ")}


@least.post("/insert")
def bare_insert() -> dict[str, Any]:
    """Write one row, and answer with as much as a token endpoint does."""
    insert(os.urandom(32))
    return {
        "access_token": "x" * 43,
        "expires_in": 3600,
        "token_type": "Bearer",
        "scope": "profile",
    }


@least.get("/cpu")
def cpu() -> dict[str, float]:
    """Answer with the CPU time that this process has used, user and system."""
    return {"seconds": time.process_time()}


@least.get("/callback")
def callback() -> str:
    """Be where the provider sends the browser back to."""
    return ""


# Set up as an application with sessions and forms is, the example among them: what they cost is not what OAuth costs.
bare = Flask("bare")
bare.secret_key = os.urandom(32)
CSRFProtect(bare).exempt(least)
bare.register_blueprint(least, url_prefix="/bare")

# And with neither, to show what they cost.
plain = Flask("plain")
plain.register_blueprint(least, url_prefix="/plain")

APPLICATIONS = {"bare": bare, "plain": plain}


def application(environ: dict[str, Any], start_response: Any) -> Any:
    """Hand a request to the application that it is for, before any has done anything."""
    return APPLICATIONS.get(environ["PATH_INFO"].split("/", 2)[1], provider)(
        environ, start_response
    )
