"""SQLStore: which databases it accepts, and how their tables come to be."""

from __future__ import annotations

import re
import shutil
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, column, create_engine, inspect, make_url, table, text

from shared_validator.settings import SettingsError
from shared_validator.store.sql import SQLConsumerStore, SQLStore, database, migrations
from shared_validator.store.sql.schema import CONSUMER, CONSUMER_TABLES, PROVIDER, Tables, metadata, sealed_values
from tests.store import samples
from tests.store.conftest import OpenStore
from tests.store.crew import WORKERS, Crew
from tests.store.samples import LATER, NOW

VERSION_TABLES = {CONSUMER.version_table, PROVIDER.version_table}


def test_the_default_is_a_file_in_the_current_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without DATABASE_URL a store needs nothing else; and it stays where it began when the process goes elsewhere."""
    monkeypatch.chdir(tmp_path)
    with closing(SQLStore.from_environ({"DATABASE_URL": " "})) as store:
        (tmp_path / "elsewhere").mkdir()
        monkeypatch.chdir(tmp_path / "elsewhere")
        store.count("here", 60, NOW)
    with closing(SQLStore(f"sqlite:///{tmp_path / 'oauth.sqlite3'}")) as store:
        assert store.count("here", 60, NOW) == 2


def test_a_new_file_is_its_owners_alone(tmp_path: Path) -> None:
    """Mistake 7: who can read the file could try passwords against its hashes."""
    with closing(SQLStore(f"sqlite:///{tmp_path / 'store.sqlite3'}")) as store:
        store.count("a write-ahead log", 60, NOW)
        assert {0o600} == {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}


@pytest.mark.parametrize(
    "url",
    [
        "mysql://user:hunter2@host/database",
        "sqlite+aiosqlite:///store.sqlite3",
        "postgresql+asyncpg://user:hunter2@host/database",
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:///store.sqlite3?mode=ro",
        "no url hunter2",
        "postgresql://user:hunter2@host:port/database",
    ],
)
def test_other_databases_are_refused_by_the_settings_name(url: str) -> None:
    """The message names DATABASE_URL, and never shows a password (Mistake 7)."""
    with pytest.raises(SettingsError, match="^DATABASE_URL: ") as refusal:
        SQLStore.from_environ({"DATABASE_URL": url})
    assert "hunter2" not in str(refusal.value)


def test_a_missing_directory_is_named(tmp_path: Path) -> None:
    """A mistyped path is refused at start, rather than made."""
    with pytest.raises(SettingsError, match=r"^DATABASE_URL: there is no directory .*/missing$"):
        SQLStore(f"sqlite:///{tmp_path}/missing/store.sqlite3")


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    """A path that names some other file leaves that file as it is."""
    other = tmp_path / "notes.txt"
    other.write_text("not a database, " * 100)
    with pytest.raises(SettingsError, match="^DATABASE_URL: the database cannot be used: file is not a database$"):
        SQLStore(f"sqlite:///{other}")
    assert other.read_text() == "not a database, " * 100


def test_a_server_that_does_not_answer_is_refused_at_start() -> None:
    """The message says what the driver says, and DATABASE_URL."""
    with pytest.raises(SettingsError, match="^DATABASE_URL: the database cannot be used: ") as refusal:
        SQLStore("postgresql://user:hunter2@127.0.0.1:1/database")
    assert "hunter2" not in str(refusal.value)


def test_a_missing_driver_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """PostgreSQL is an extra of the distribution, which the message names."""
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(SettingsError, match=r"^DATABASE_URL: .*shared-validator\[postgresql\]"):
        SQLStore("postgresql://host/database")


def test_sqlite_is_set_to_lose_nothing_and_to_wait(open_sqlite: OpenStore) -> None:
    """A write-ahead log, a revocation that survives a power cut, foreign keys, and 5 seconds of patience."""
    with closing(open_sqlite()) as store, store.engine.connect() as connection:
        pragmas = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        assert ["wal", 2, 1, 5_000] == [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in pragmas]


def test_a_start_waits_for_a_writer_that_uses_no_write_ahead_log(migrated_file: Path, tmp_path: Path) -> None:
    """A copy that another tool is still writing does not break the start: SQLite itself would not wait here."""
    copy = shutil.copy(migrated_file, tmp_path / "copy.sqlite3")
    with closing(sqlite3.connect(copy, isolation_level=None, check_same_thread=False)) as writer:
        writer.execute("PRAGMA journal_mode=DELETE").close()
        writer.execute("BEGIN IMMEDIATE")
        finish = threading.Timer(0.3, writer.execute, ["ROLLBACK"])
        finish.start()
        with closing(SQLStore(f"sqlite:///{copy}")) as store:
            store.ping()
        finish.join()


def test_a_start_does_not_wait_for_ever(migrated_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After its patience is at an end, the message says that the database is locked."""
    monkeypatch.setattr(database, "_BUSY_SECONDS", 0.1)
    copy = shutil.copy(migrated_file, tmp_path / "copy.sqlite3")
    with closing(sqlite3.connect(copy, isolation_level=None)) as writer:
        writer.execute("PRAGMA journal_mode=DELETE").close()
        writer.execute("BEGIN IMMEDIATE")
        with pytest.raises(SettingsError, match="^DATABASE_URL: the database cannot be used: database is locked$"):
            SQLStore(f"sqlite:///{copy}")


def test_postgresql_is_not_changed_without_being_asked(new_postgresql_database: Callable[[], str]) -> None:
    """A server process refuses a database without tables and names the command that makes them."""
    url = new_postgresql_database()
    with pytest.raises(SettingsError, match="^DATABASE_URL: .*`python -m shared_validator migrate`"):
        SQLStore.from_environ({"DATABASE_URL": url})
    SQLStore.from_environ({"DATABASE_URL": url}, migrate=True).close()
    SQLStore.from_environ({"DATABASE_URL": url}).close()


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_name_of_postgresql_means_psycopg(store_database: str, scheme: str) -> None:
    """Hosting services write postgres://, libpq postgresql://, SQLAlchemy postgresql+psycopg://."""
    url = scheme + store_database.partition(":")[1] + store_database.partition(":")[2]
    with closing(SQLStore(url)) as store:
        store.ping()
        assert store.engine.dialect.driver == "psycopg"


@pytest.fixture(params=["sqlite", "postgresql"])
def new_database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database without tables."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'new.sqlite3'}"
    made: str = request.getfixturevalue("new_postgresql_database")()
    return made


def test_many_processes_may_start_at_once_on_a_new_database(new_database: str, crew: Crew) -> None:
    """Sixteen first starts make the tables once, and all of them get a store that works."""
    counts = crew.open_at_once(partial(SQLStore, new_database, migrate=True))
    assert sorted(counts) == list(range(1, WORKERS + 1))


def test_the_migrations_make_the_tables_of_the_schema(new_database: str) -> None:
    """Alembic finds no difference between what the migrations leave and what the code expects."""
    with closing(SQLStore(new_database, migrate=True)) as store, store.engine.connect() as connection:
        options = {
            "version_table": PROVIDER.version_table,
            "include_name": _is_ours,
            "compare_type": True,
            "compare_server_default": True,
        }
        assert compare_metadata(MigrationContext.configure(connection, opts=options), metadata) == []


def _is_ours(name: str | None, kind: str, parents: object) -> bool:
    return kind != "table" or name not in VERSION_TABLES


def test_the_migrations_and_the_schema_are_the_same_sql(tmp_path: Path) -> None:
    """Also what Alembic does not compare: tables without rowid, conditions of indexes, and what deletion takes along."""
    with closing(SQLStore(f"sqlite:///{tmp_path / 'migrated.sqlite3'}")) as store, store.engine.connect() as connection:
        migrated = _definitions(connection)
    engine = create_engine(f"sqlite:///{tmp_path / 'created.sqlite3'}")
    with engine.begin() as connection:
        metadata.create_all(connection)
        made = {name: sql for name, sql in migrated.items() if name not in VERSION_TABLES}
        assert _definitions(connection) == made
    engine.dispose()


def _definitions(connection: Any) -> dict[str, list[str]]:
    # SQLite adds a new column after the constraints, so the parts of a definition are compared in
    # any order.
    rows = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL"))
    return {name: sorted(re.split(r"[\s,()\"]+", sql)) for name, sql in rows}


@pytest.mark.parametrize("tables", [CONSUMER, PROVIDER])
def test_the_newest_migration_is_the_version_of_the_code(tables: Tables) -> None:
    """A new migration without the new version number would never be run."""
    assert _migrations(tables).get_heads() == [tables.head]


def _migrations(tables: Tables) -> ScriptDirectory:
    folder = Path(next(iter(migrations.__path__)))
    return ScriptDirectory(folder, version_locations=[str(folder / tables.migrations)])


def test_a_database_of_a_newer_version_is_refused(new_database: str) -> None:
    """An old program does not write into tables that it does not know, and does not change them."""
    SQLStore(new_database, migrate=True).close()
    engine = _engine(new_database)
    with engine.begin() as connection:
        connection.execute(table(PROVIDER.version_table, column("version_num")).update().values(version_num="9999"))
    engine.dispose()
    with pytest.raises(SettingsError, match="^DATABASE_URL: .*newer version"):
        SQLStore(new_database, migrate=True)


def test_a_start_on_a_database_that_is_up_to_date_is_short(migrated_file: Path) -> None:
    """Alembic is not even imported, and no logging is configured."""
    script = (
        "import logging, sys; from shared_validator.store.sql import SQLStore; SQLStore(sys.argv[1]).close();"
        "assert 'alembic' not in sys.modules; assert not logging.getLogger().handlers"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", script, f"sqlite:///{migrated_file}"], check=True)


def test_a_first_start_configures_no_logging(tmp_path: Path) -> None:
    """Running the migrations leaves the application's logging alone."""
    script = (
        "import logging, sys; from shared_validator.store.sql import SQLStore; SQLStore(sys.argv[1]).close();"
        "assert 'alembic' in sys.modules; assert not logging.getLogger().handlers"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", script, f"sqlite:///{tmp_path / 'new.sqlite3'}"], check=True)


def _engine(url: str) -> Engine:
    return create_engine(make_url(url.replace("postgresql:", "postgresql+psycopg:")))


def _tables(url: str) -> set[str]:
    engine = _engine(url)
    names = set(inspect(engine).get_table_names())
    engine.dispose()
    return names


CONSUMERS = {table.name for table in CONSUMER_TABLES} | {CONSUMER.version_table}


def test_a_consumer_has_its_own_two_tables(new_database: str) -> None:
    """Who reads a consumer's database finds no table for codes in it."""
    with closing(SQLConsumerStore(new_database, migrate=True)) as store:
        store.ping()
        store.save_sealed(b"tokens", b"sealed", LATER)
        store.save_sealed(b"attempt", b"sealed", NOW)
        store.count("counter", 60, NOW - 61)
        assert (b"sealed", None) == (store.sealed(b"tokens", NOW), store.sealed(b"attempt", NOW))
        assert 2 == store.prune(NOW + 1)
    assert CONSUMERS == _tables(new_database)


def test_a_consumers_database_is_not_changed_without_being_asked(
    new_postgresql_database: Callable[[], str],
) -> None:
    """The message names the command that makes its tables."""
    environ = {"DATABASE_URL": new_postgresql_database()}
    command = "^DATABASE_URL: .*`python -m shared_validator migrate --consumer`"
    with pytest.raises(SettingsError, match=command):
        SQLConsumerStore.from_environ(environ)
    SQLConsumerStore.from_environ(environ, migrate=True).close()
    SQLConsumerStore.from_environ(environ).close()


@pytest.mark.parametrize("first", [SQLStore, SQLConsumerStore])
def test_a_provider_and_a_consumer_may_share_a_database(new_database: str, first: type[SQLStore | SQLConsumerStore]) -> None:
    """In either order of creation, without losing what is there."""
    with closing(first(new_database, migrate=True)) as store:
        store.save_sealed(b"tokens", b"sealed", LATER)
    for kind in (SQLStore, SQLConsumerStore):
        with closing(kind(new_database, migrate=True)) as store:
            assert b"sealed" == store.sealed(b"tokens", NOW)
    assert {table.name for table in metadata.sorted_tables} | VERSION_TABLES == _tables(new_database)


@pytest.fixture
def first_version(new_database: str) -> str:
    """A database as the first version left it, with a user and a consumer's tokens in it."""
    engine = _engine(new_database)
    with engine.begin() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": PROVIDER.version_table})
        revision = _migrations(PROVIDER).get_revision("0001")
        with Operations.context(context):
            revision.module.upgrade()
        context._ensure_version_table()
        version = table(PROVIDER.version_table, column("version_num"))
        connection.execute(version.insert().values(version_num="0001"))
        connection.exec_driver_sql("INSERT INTO oauth_users VALUES ('user', 'alice', '$argon2id$', 'Alice', '')")
        connection.exec_driver_sql("INSERT INTO oauth_clients VALUES ('client', NULL, 'Client', '', '', '', '', 'none', 'RS256')")
        connection.exec_driver_sql("INSERT INTO oauth_consents VALUES ('user', 'client', 'profile', 1)")
        values = {"name": b"tokens", "sealed": b"sealed", "expires_at": LATER}
        connection.execute(sealed_values.insert().values(values))
    engine.dispose()
    return new_database


def test_a_database_of_the_first_version_is_migrated(first_version: str) -> None:
    """Its users are enabled, and can have sessions. Without a row, the notes' table is gone."""
    with closing(SQLStore(first_version, migrate=True)) as store:
        user = store.user("user")
        assert user is not None
        assert ("alice", False) == (user.username, user.disabled)
        session = samples.session()
        store.save_session(session)
        assert session == store.session(session.session_hash, NOW)
        assert b"sealed" == store.sealed(b"tokens", NOW)
        assert ("profile",) == store.consent("user", "client")
        store.save_consent("user", "client", ("profile",), NOW, ("https://files.example",))
        assert ("profile",) == store.consent("user", "client", "https://files.example")
    assert "oauth_notes" not in _tables(first_version)


def test_notes_of_the_first_version_stay(first_version: str) -> None:
    """The store no longer knows them; the application takes their table over."""
    engine = _engine(first_version)
    with engine.begin() as connection:
        connection.exec_driver_sql("INSERT INTO oauth_notes (user_id, text, created_at) VALUES ('user', 'buy milk', 1)")
    SQLStore(first_version, migrate=True).close()
    with engine.connect() as connection:
        assert [("user", "buy milk", 1)] == connection.exec_driver_sql("SELECT user_id, text, created_at FROM oauth_notes").all()
    engine.dispose()


def test_a_consumers_database_of_the_first_version_goes_on(first_version: str) -> None:
    """What it keeps is still there, and the tables that it does not use are left alone."""
    before = _tables(first_version)
    with closing(SQLConsumerStore(first_version, migrate=True)) as store:
        assert b"sealed" == store.sealed(b"tokens", NOW)
    assert before | {CONSUMER.version_table} == _tables(first_version)
    test_a_database_of_the_first_version_is_migrated(first_version)


@pytest.mark.fault(35)
@pytest.mark.parametrize("pooler", ["session", "yes", "Transaction"])
def test_another_pooler_is_refused_by_the_settings_name(pooler: str, store_database: str) -> None:
    """Only a pooler that gives each transaction another connection needs the setting."""
    with pytest.raises(SettingsError, match=f"^DATABASE_POOLER: {pooler}: is neither empty nor transaction$"):
        SQLStore.from_environ({"DATABASE_URL": store_database, "DATABASE_POOLER": pooler})


@pytest.mark.fault(35)
def test_sqlite_has_no_pooler(tmp_path: Path) -> None:
    """A setting that could not have an effect is refused."""
    with pytest.raises(SettingsError, match="^DATABASE_POOLER: sqlite: has no pooler$"):
        SQLStore.from_environ({"DATABASE_URL": f"sqlite:///{tmp_path / 'store.sqlite3'}", "DATABASE_POOLER": "transaction"})


@pytest.mark.fault(35)
@pytest.mark.parametrize(("pooler", "prepares"), [("", True), ("transaction", False)])
def test_behind_a_pooler_nothing_is_prepared(pooler: str, prepares: bool, open_postgresql: OpenStore, store_database: str) -> None:
    """A prepared statement is its connection's, and a pooler gives the next transaction another one."""
    with closing(SQLStore.from_environ({"DATABASE_URL": store_database, "DATABASE_POOLER": f" {pooler} "})) as store:
        for _ in range(10):
            store.ping()
        held = store._connections._connection(store._connections._held())
        assert prepares is bool(held.exec_driver_sql("SELECT count(*) FROM pg_prepared_statements").scalar())
