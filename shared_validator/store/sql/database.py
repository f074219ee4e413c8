"""Opening the database of a URL, and migrating its tables."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import Engine, Select, column, create_engine, event, select, table
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from shared_validator.settings import SettingsError
from shared_validator.store.sql.schema import Tables

BEGIN = {"sqlite": "BEGIN IMMEDIATE", "postgresql": "BEGIN ISOLATION LEVEL READ COMMITTED"}
"""SQLite takes its only write lock at once: taking it later fails if another process has written.

Each step of the store is one statement, which READ COMMITTED makes atomic. A stricter isolation
level would cause serialization failures.
"""

_DRIVERS = {
    "sqlite": "sqlite+pysqlite",
    "sqlite+pysqlite": "sqlite+pysqlite",
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
}
_BUSY_SECONDS = 5
"""How long a request waits for SQLite's write lock before the store counts as unavailable."""

_MIGRATION_SECONDS = 30
_MIGRATION_LOCK = 7_234_001_849_632_418  # others on the server are unlikely to lock this number

_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    # NORMAL is ten times faster and survives a killed process, but a power cut would undo the
    # latest revocations.
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    # Checkpoint five times less often than the default: fewer refreshes wait for one (p99), and the
    # log stays below 40 MB.
    "PRAGMA wal_autocheckpoint=10000",
    # Write the pages that a batch of pruning changes to the log only once, at its end. A larger
    # cache would do the same but make lookups slower: the operating system already has the file in
    # its cache, which all connections share.
    "PRAGMA cache_spill=OFF",
)


def engine(url: str, pooler: str = "") -> Engine:
    """Return the engine for a ``DATABASE_URL`` and a ``DATABASE_POOLER``.

    Raises:
        SettingsError: the URL is neither a SQLite file nor a PostgreSQL database, or the pooler is
            neither empty nor ``transaction``.
    """
    if pooler not in ("", "transaction"):
        raise SettingsError(f"DATABASE_POOLER: {pooler}: is neither empty nor transaction")
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:
        # Show neither the URL nor the error, which may contain a password.
        raise SettingsError("DATABASE_URL: is not a URL") from error
    if parsed.drivername not in _DRIVERS:
        raise SettingsError(
            f"DATABASE_URL: {parsed.drivername}: is neither sqlite: nor postgresql:"
        )
    parsed = parsed.set(drivername=_DRIVERS[parsed.drivername])
    if parsed.get_backend_name() == "postgresql":
        return _postgresql(parsed, pooler)
    if pooler:
        raise SettingsError("DATABASE_POOLER: sqlite: has no pooler")
    return _sqlite(parsed)


def _postgresql(url: URL, pooler: str) -> Engine:
    # A statement that this connection has prepared is unknown to the next one that the pooler uses,
    # or is another client's under the same name.
    options: dict[str, Any] = {"connect_args": {"prepare_threshold": None}} if pooler else {}
    try:
        return create_engine(
            url, poolclass=NullPool, isolation_level="AUTOCOMMIT", hide_parameters=True, **options
        )
    except ModuleNotFoundError as error:
        raise SettingsError(
            "DATABASE_URL: PostgreSQL needs psycopg: install shared-validator[postgresql]"
        ) from error


def _sqlite(url: URL) -> Engine:
    if not url.database or url.database == ":memory:" or url.query:
        raise SettingsError("DATABASE_URL: sqlite: needs the path of a file, and nothing after it")
    path = Path(url.database).absolute()
    if not path.parent.is_dir():
        raise SettingsError(f"DATABASE_URL: there is no directory {path.parent}")
    made = create_engine(
        url,
        poolclass=NullPool,
        isolation_level="AUTOCOMMIT",
        hide_parameters=True,
        creator=partial(
            sqlite3.connect,
            # "rw" makes no new, empty file in place of one that was deleted.
            f"file:{quote(str(path))}?mode=rw",
            uri=True,
            timeout=_BUSY_SECONDS,
            # The connection of an ended thread may be closed by another thread.
            check_same_thread=False,
        ),
    )
    event.listen(made, "connect", _set_pragmas)
    return made


def _set_pragmas(connection: sqlite3.Connection, record: Any) -> None:
    until = time.monotonic() + _BUSY_SECONDS
    for pragma in _PRAGMAS:
        while True:
            try:
                connection.execute(pragma).close()
                break
            except sqlite3.OperationalError:
                # Changing to WAL mode does not wait for processes that start at the same time.
                if time.monotonic() > until:
                    raise
                time.sleep(0.01)


def prepare(engine: Engine, wanted: Sequence[Tables], *, migrate: bool) -> None:
    """Make sure that the tables have the schema of this version.

    Args:
        engine: the database.
        wanted: the tables that it needs.
        migrate: whether PostgreSQL tables may be migrated here.

    Raises:
        SettingsError: they have another schema and may not be migrated here, or the database cannot
            be used.
    """
    if (
        engine.dialect.name == "sqlite"
        and (path := Path(str(engine.url.database)))
        and not path.exists()
    ):
        path.touch(mode=0o600)  # anyone who reads it could try passwords against the hashes
    with _using(engine) as connection:
        outdated = [tables for tables in wanted if _version(connection, tables) != tables.head]
        if outdated and not migrate and engine.dialect.name != "sqlite":
            raise _outdated(wanted)
        if outdated and engine.dialect.name == "sqlite":
            connection.exec_driver_sql(f"PRAGMA busy_timeout={_MIGRATION_SECONDS * 1000}")
        if outdated:
            _migrate(connection, outdated)


def check(engine: Engine, wanted: Sequence[Tables]) -> None:
    """Check that the tables have the schema of this version. Change nothing.

    Raises:
        SettingsError: they don't, or the database cannot be used.
    """
    if engine.dialect.name == "sqlite" and not Path(str(engine.url.database)).exists():
        raise SettingsError(f"DATABASE_URL: there is no file {engine.url.database}")
    with _using(engine) as connection:
        if any(_version(connection, tables) != tables.head for tables in wanted):
            raise _outdated(wanted)


def _outdated(wanted: Sequence[Tables]) -> SettingsError:
    return SettingsError(
        f"DATABASE_URL: the tables are missing or of another version: run `{wanted[-1].command}`"
    )


@contextlib.contextmanager
def _using(engine: Engine) -> Iterator[Connection]:
    try:
        with engine.connect() as connection:
            yield connection
    except SQLAlchemyError as error:
        reason = getattr(error, "orig", None) or error
        raise SettingsError(f"DATABASE_URL: the database cannot be used: {reason}") from error


def _version(connection: Connection, tables: Tables) -> str | None:
    if not connection.dialect.has_table(connection, tables.version_table):
        return None
    version: Select[Any] = select(column("version_num")).select_from(table(tables.version_table))
    found: str | None = connection.execute(version).scalar()
    return found


def _migrate(connection: Connection, outdated: Sequence[Tables]) -> None:
    """Run the migrations in one transaction, one process at a time."""
    from alembic import command  # noqa: PLC0415 - half of the time of a start, which an up-to-date database saves
    from alembic.config import Config  # noqa: PLC0415
    from alembic.util import CommandError  # noqa: PLC0415

    connection.exec_driver_sql(BEGIN[connection.dialect.name])
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_MIGRATION_LOCK})")
    try:
        for tables in outdated:
            config = Config()
            folder = str(Path(__file__).parent / "migrations").replace("%", "%%")
            config.set_main_option("script_location", folder)
            config.set_main_option("version_locations", str(Path(folder) / tables.migrations))
            config.set_main_option("path_separator", "newline")
            config.attributes.update(connection=connection, version_table=tables.version_table)
            command.upgrade(config, "head")
    except CommandError as error:
        raise SettingsError(
            f"DATABASE_URL: the tables are of a newer version than this program: {error}"
        ) from error
    connection.exec_driver_sql("COMMIT")
