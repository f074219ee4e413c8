"""The contract of a store: a database that cannot be used right now is ``StoreUnavailable``."""

from __future__ import annotations

import json
import resource
import sqlite3
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import make_url

from shared_validator import Provider, Settings
from shared_validator.http import Request, Response
from shared_validator.store import Store, StoreUnavailable
from shared_validator.store.sql import SQLStore, connections, database
from shared_validator.vault import new_key
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


@pytest.mark.fault(14)
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


@pytest.mark.fault(14)
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


@pytest.mark.fault(14)
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


@pytest.mark.fault(14)
def test_a_disk_that_is_full_at_the_commit_is_unavailable(store: Store, file: Path) -> None:
    """A statement that returns rows is committed when they are read: what was not counted is not acknowledged."""
    store.count("here", 60, NOW)
    most, limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (file.with_name(f"{file.name}-wal").stat().st_size, limit))
    try:
        with pytest.raises(StoreUnavailable):
            store.count("here", 60, NOW)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, limit))
    assert 2 == store.count("here", 60, NOW)


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


@pytest.mark.fault(14)
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


@pytest.mark.fault(14)
def test_a_deleted_file_is_unavailable(open_store: OpenStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is written to it, where it would be lost with the process, and no empty file takes its place until it is restored."""
    (path,) = tmp_path.glob("*.sqlite3")
    monkeypatch.setattr(connections, "FILE_CHECK_SECONDS", 0)
    with closing(open_store()) as store, ThreadPoolExecutor(1) as other:
        store.use_nonce(b"nonce", NOW)
        with closing(sqlite3.connect(path)) as connection:
            backup = connection.serialize()
        for file in tmp_path.glob("*.sqlite3*"):
            file.unlink()
        for call in (store.ping, partial(store.use_nonce, b"lost", NOW), partial(store.transact, partial(store.use_nonce, b"lost", NOW))):
            for run in (lambda call=call: call(), lambda call=call: other.submit(call).result()):
                with pytest.raises(StoreUnavailable, match="unable to open"):
                    run()
        assert [] == list(tmp_path.glob("*.sqlite3*"))
        path.write_bytes(backup)
        store.ping()
        assert [False, True] == [store.use_nonce(nonce, NOW) for nonce in (b"nonce", b"lost")]


@pytest.mark.fault(14)
@pytest.mark.parametrize("opened", [False, True])
def test_an_empty_file_in_the_place_of_a_deleted_one_is_unavailable(open_django_sqlite: OpenStore, tmp_path: Path, opened: bool) -> None:
    """The Django project's own models make one, whether or not a connection was open; machines get JSON, and nothing is lost in it."""
    (path,) = tmp_path.glob("*.sqlite3")
    with closing(open_django_sqlite()) as store:
        if opened:
            store.use_nonce(b"nonce", NOW)
        path.rename(tmp_path / "backup")
        with closing(sqlite3.connect(path)) as empty:
            empty.execute("PRAGMA journal_mode=WAL").close()
        for call in (store.ping, partial(store.use_nonce, b"lost", NOW), partial(store.transact, partial(store.use_nonce, b"lost", NOW))):
            with pytest.raises(StoreUnavailable, match="no such table"):
                call()
        provider = Provider(Settings(issuer="https://id.example", secret_keys=(b"k" * 32,)), store, {})
        refused = answer(provider, "jwks")
        assert (503, "temporarily_unavailable") == (refused.status, json.loads(refused.body)["error"])
        for file in tmp_path.glob("*.sqlite3*"):
            file.unlink()
        (tmp_path / "backup").rename(path)
        assert store.use_nonce(b"lost", NOW)


@pytest.fixture(params=["postgresql", "django_postgresql"])
def altered(request: pytest.FixtureRequest) -> Callable[[str], Any]:
    """Return what opens a PostgreSQL store whose connections begin with a setting."""
    opened = request.getfixturevalue(f"open_{request.param}")

    def altered(option: str) -> Any:
        if request.param == "postgresql":
            url = make_url(opened.args[0]).update_query_dict({"options": f"-c {option}"})
            return SQLStore(url.render_as_string(hide_password=False))
        return stores.open_store(opened.args[0] | {"OPTIONS": {"options": f"-c {option}"}})

    return altered


@pytest.mark.fault(14)
def test_a_server_that_only_reads_is_unavailable_to_writers(altered: Callable[[str], Any]) -> None:
    """SQLSTATE 25006: another server takes over from it. What needs no write is answered."""
    with closing(altered("default_transaction_read_only=on")) as store:
        for _ in range(2):
            with pytest.raises(StoreUnavailable, match="read-only"):
                store.use_nonce(b"nonce", NOW)
            with pytest.raises(StoreUnavailable, match="read-only"):
                store.transact(lambda: store.use_nonce(b"nonce", NOW))
        assert store.client("client") is None
        store.ping()


@pytest.mark.fault(14)
@pytest.mark.parametrize("option", ["statement_timeout=100", "lock_timeout=100"])
def test_a_writer_that_waits_too_long_for_another_is_unavailable(altered: Callable[[str], Any], option: str) -> None:
    """SQLSTATE 57014 and 55P03: the operator's limit is a 503, and the next try works."""
    with closing(altered("lock_timeout=0")) as other, closing(altered(option)) as store:
        store.count("counter", 60, NOW)
        with other.transaction():
            other.count("counter", 60, NOW)
            with pytest.raises(StoreUnavailable, match="timeout"):
                store.count("counter", 60, NOW)
            with pytest.raises(StoreUnavailable, match="timeout"):
                store.transact(lambda: store.count("counter", 60, NOW))
        assert store.count("counter", 60, NOW) == 3


@pytest.mark.fault(14)
def test_a_transaction_that_idles_too_long_is_unavailable(altered: Callable[[str], Any]) -> None:
    """SQLSTATE 25P03: the server ends the connection. Nothing of the transaction is written, and the next one works."""
    with closing(altered("idle_in_transaction_session_timeout=100")) as store:

        def work() -> None:
            store.use_nonce(b"nonce", NOW)
            time.sleep(0.5)
            store.use_nonce(b"another", NOW)

        with pytest.raises(StoreUnavailable):
            store.transact(work)
        assert store.use_nonce(b"nonce", NOW)


@pytest.mark.fault(14)
def test_too_many_connections_are_unavailable(new_postgresql_database: Callable[[], str]) -> None:
    """SQLSTATE 53300: a thread that gets no connection answers 503, and gets one as soon as another thread ends."""
    url = new_postgresql_database()
    with closing(SQLStore(url, migrate=True)) as store:
        store.ping()
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE ROLE guest LOGIN CONNECTION LIMIT 1")
            connection.execute("GRANT ALL ON ALL TABLES IN SCHEMA public TO guest")
        try:
            guest = make_url(url).set(username="guest").render_as_string(hide_password=False)
            with closing(SQLStore(guest)) as limited, ThreadPoolExecutor(1) as other:
                limited.ping()
                with pytest.raises(StoreUnavailable, match="too many connections"):
                    other.submit(limited.ping).result()
                limited.close()
                other.submit(limited.ping).result()
        finally:
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute("DROP OWNED BY guest")
                connection.execute("DROP ROLE guest")


@pytest.mark.fault(14)
def test_a_value_that_another_key_sealed_is_unavailable(store: Store) -> None:
    """Until the operator sets the right ``OAUTH_SECRET_KEY``: a 503 with ``Retry-After``, which shows no details (RFC 9110 §15.6.4)."""
    environ = {"OAUTH_ISSUER": "https://id.example", "OAUTH_SECRET_KEY": new_key()}
    ours = Provider(Settings.from_environ(environ), store, {})
    other = Provider(Settings.from_environ(environ | {"OAUTH_SECRET_KEY": new_key()}), store, {})
    answers = [answer(provider, "jwks") for provider in (ours, other)]
    assert [200, 503] == [response.status for response in answers]
    assert "temporarily_unavailable" == json.loads(answers[1].body)["error"]
    assert ("Retry-After", "5") in answers[1].headers


def answer(provider: Provider, name: str) -> Response:
    """Answer a request to a machine endpoint."""
    (endpoint,) = (one for one in provider.endpoints if one.name == name)
    return endpoint.answer(Request("GET", f"https://id.example{endpoint.path}", {}))
