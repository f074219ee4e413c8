"""The contract of a store: a database that cannot be used right now is ``StoreUnavailable``."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import make_url

from shared_validator.store import Store, StoreUnavailable
from shared_validator.store.sql import SQLStore, database
from tests.store import samples
from tests.store.crew import OpenStore
from tests.store.django import stores
from tests.store.samples import NOW


@pytest.fixture(params=["sqlite", "django_sqlite"])
def open_store(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> OpenStore:
    """Return what opens a store that waits for a lock for 0.1 seconds only."""
    opened: OpenStore = request.getfixturevalue(f"open_{request.param}")
    if request.param == "sqlite":
        monkeypatch.setattr(database, "_BUSY_SECONDS", 0.1)
        return opened
    settings = opened.args[0]  # type: ignore[attr-defined]
    return partial(stores.open_store, settings | {"OPTIONS": settings["OPTIONS"] | {"timeout": 0.1}})


@pytest.fixture
def file(request: pytest.FixtureRequest, open_store: OpenStore, tmp_path: Path) -> Path:
    """The SQLite file of the store."""
    (path,) = tmp_path.glob("*.sqlite3")
    return path


@contextmanager
def _locked(file: Path, *statements: str) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        for statement in statements:
            other.execute(statement).close()
        yield other


def test_a_locked_database_is_unavailable_to_writers(store: Store, file: Path) -> None:
    """After a short wait. Readers and the health check do not wait for a writer."""
    with _locked(file, "BEGIN IMMEDIATE"):
        with pytest.raises(StoreUnavailable, match="locked"):
            store.use_nonce(b"nonce", NOW)
        with pytest.raises(StoreUnavailable, match="locked"), store.transaction():
            store.use_nonce(b"nonce", NOW)
        with pytest.raises(StoreUnavailable, match="locked"):
            store.revoke_client("user", "client")
        with pytest.raises(StoreUnavailable, match="locked"):
            store.prune(NOW)
        assert store.client("client") is None
        store.ping()
    assert store.use_nonce(b"nonce", NOW)


def test_a_database_that_another_process_has_alone_is_unavailable(open_store: OpenStore, file: Path) -> None:
    """Here readers and the health check cannot go on either."""
    lock = ("PRAGMA locking_mode=EXCLUSIVE", "BEGIN IMMEDIATE", "DELETE FROM oauth_%s")
    with closing(open_store()) as store:
        table = "nonces" if isinstance(store, SQLStore) else "nonce"
        with _locked(file, *lock[:2], lock[2] % table, "COMMIT"):
            with pytest.raises(StoreUnavailable):
                store.ping()
            with pytest.raises(StoreUnavailable):
                store.client("client")
        store.ping()
        assert store.client("client") is None


def test_a_full_disk_is_unavailable(open_sqlite: OpenStore) -> None:
    """A file that may not grow is full; what is in it can be read."""
    with closing(open_sqlite()) as store:
        held = store._connections._connection(store._connections._held())
        held.exec_driver_sql("PRAGMA max_page_count=1")
        with pytest.raises(StoreUnavailable, match="full"), store.transaction():  # noqa: PT012
            for _ in range(100):
                store.save_client(samples.client(client_name="x" * 60_000))
        assert store.client("client") is None
        store.ping()


def test_a_missing_table_is_an_error_of_another_kind(open_sqlite: OpenStore) -> None:
    """Waiting does not help: the program and the database do not fit together."""
    with closing(open_sqlite()) as store:
        held = store._connections._connection(store._connections._held())
        held.exec_driver_sql("DROP TABLE oauth_nonces")
        with pytest.raises(Exception, match="no such table") as raised:
            store.use_nonce(b"nonce", NOW)
        assert not isinstance(raised.value, StoreUnavailable)


@contextmanager
def _closed_to_all(url: str) -> Iterator[None]:
    """Let a PostgreSQL database refuse connections, and end those that there are."""
    parsed = make_url(url)
    server = parsed.set(database="postgres").render_as_string(hide_password=False)
    name = parsed.database
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false".encode())
        try:
            connection.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s",
                (name,),
            )
            yield
        finally:
            connection.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true".encode())


@pytest.mark.parametrize("kind", ["sql", "django"])
def test_a_server_that_refuses_connections_is_unavailable(kind: str, new_postgresql_database: Callable[[], str]) -> None:
    """Until it accepts them again, whether or not something was written before."""
    url = new_postgresql_database()
    if kind == "sql":
        opened: Any = SQLStore(url, migrate=True)
    else:
        stores.migrate(stores.postgresql(url))
        opened = stores.open_store(stores.postgresql(url))
    with closing(opened) as store:
        store.ping()
        with _closed_to_all(url):
            for _ in range(2):
                with pytest.raises(StoreUnavailable):
                    store.ping()
                with pytest.raises(StoreUnavailable):
                    store.use_nonce(b"nonce", NOW)
                with pytest.raises(StoreUnavailable), store.transaction():
                    store.use_nonce(b"nonce", NOW)
        store.ping()
        assert store.use_nonce(b"nonce", NOW)
