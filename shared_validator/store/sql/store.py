"""The stores on SQLite and PostgreSQL, combined from their parts."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, ClassVar, Self

from sqlalchemy import ColumnElement, Select, extract, func, select

from shared_validator.store import ConsumerStore, Store
from shared_validator.store.sql import database, schema
from shared_validator.store.sql.accounts import AccountRecords
from shared_validator.store.sql.connections import Connections
from shared_validator.store.sql.oauth1 import OAuth1Records
from shared_validator.store.sql.oauth2 import OAuth2Records
from shared_validator.store.sql.prune import ConsumerPruning, Pruning
from shared_validator.store.sql.records import SQLRecords, is_active, with_users
from shared_validator.store.sql.sealing import ConsumerSealing, Sealing
from shared_validator.store.sql.sessions import SessionRecords
from shared_validator.store.sql.signing_keys import SigningKeyRecords
from shared_validator.store.sql.values import ValueRecords

_TIME: Mapping[str, Select[Any]] = {
    "sqlite": select((func.julianday("now") - 2440587.5) * 86400.0),
    "postgresql": select(extract("epoch", func.clock_timestamp())),
}


class _Database(SQLRecords):
    """A store in an SQL database.

    A SQLite file is created and migrated automatically. A PostgreSQL database is migrated by
    ``migrate``, so that the processes that serve requests need no right to change tables.

    Args:
        url: ``sqlite:///relative/path``, ``sqlite:////absolute/path`` or
            ``postgresql://user:password@host/database``.
        migrate: migrate the tables of a PostgreSQL database first.
        pooler: ``transaction`` if a pooler such as PgBouncer gives each transaction another
            connection. Statements are then not prepared.

    Raises:
        SettingsError: the URL is not accepted, the database cannot be reached, or its tables do not
            have the schema of this version.
    """

    _TABLES: ClassVar[tuple[schema.Tables, ...]]
    _DEFAULT_URL: ClassVar[str] = "sqlite:///oauth.sqlite3"
    _PING: ClassVar[Select[Any]]

    def __init__(self, url: str, *, migrate: bool = False, pooler: str = "") -> None:
        self.engine = database.engine(url, pooler)
        database.prepare(self.engine, self._TABLES, migrate=migrate)
        self._connections = Connections(
            self.engine,
            database.BEGIN[self.engine.dialect.name],
            lambda statement: with_users(statement, self._is_active),
        )

    @staticmethod
    def _is_active(user_id: ColumnElement[str]) -> ColumnElement[bool]:
        """Return the condition that a user exists and may sign in.

        A store with another table of users overrides it, with ``user`` and ``user_by_name``.
        """
        return is_active(user_id)

    @classmethod
    def from_environ(
        cls, environ: Mapping[str, str] = os.environ, *, migrate: bool = False
    ) -> Self:
        """Return the store that ``DATABASE_URL`` names, with the ``DATABASE_POOLER`` before it.

        The default is the SQLite file ``oauth.sqlite3`` in the current directory.
        """
        return cls(
            cls._url(environ), migrate=migrate, pooler=environ.get("DATABASE_POOLER", "").strip()
        )

    @classmethod
    def check_schema(cls, environ: Mapping[str, str] = os.environ) -> None:
        """Check that the database that ``DATABASE_URL`` names has the schema of this version.

        Change nothing, not even a SQLite file.

        Raises:
            SettingsError: it does not, or it cannot be used.
        """
        engine = database.engine(cls._url(environ), environ.get("DATABASE_POOLER", "").strip())
        database.check(engine, cls._TABLES)

    @classmethod
    def _url(cls, environ: Mapping[str, str]) -> str:
        return environ.get("DATABASE_URL", "").strip() or cls._DEFAULT_URL

    def leave_thread(self) -> None:
        """Close the connection of this thread, which is about to end."""
        self._connections.leave_thread()

    def close(self) -> None:
        """Close the connections of all threads. A later call opens new ones."""
        self._connections.close()

    def ping(self) -> None:
        """Raise ``StoreUnavailable`` if the database cannot be reached. Write nothing."""
        self._rows(self._PING)

    def time(self) -> float:
        """Return the time of the database's clock, in seconds since 1970."""
        return float(self._value(_TIME[self.engine.dialect.name]))


class SQLStore(
    _Database,
    AccountRecords,
    SessionRecords,
    OAuth2Records,
    OAuth1Records,
    SigningKeyRecords,
    ValueRecords,
    Sealing,
    Pruning,
    Store,
):
    __doc__ = _Database.__doc__

    _TABLES = (schema.CONSUMER, schema.PROVIDER)
    _PING = select(schema.signing_keys.c.kid).limit(1)


class SQLConsumerStore(_Database, ValueRecords, ConsumerSealing, ConsumerPruning, ConsumerStore):
    """A consumer's store in an SQL database: ``SQLStore`` without a provider's tables.

    Both can share one database. See ``SQLStore`` for the parameters.
    """

    _TABLES = (schema.CONSUMER,)
    _PING = select(schema.sealed_values.c.name).limit(1)
