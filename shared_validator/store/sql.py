"""The store on SQLite (one machine) and PostgreSQL (many)."""

from __future__ import annotations

import os
from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from shared_validator.store import Store, database, schema
from shared_validator.store.connections import Connections
from shared_validator.store.sql_accounts import AccountRecords
from shared_validator.store.sql_oauth1 import OAuth1Records
from shared_validator.store.sql_oauth2 import OAuth2Records
from shared_validator.store.sql_prune import Pruning
from shared_validator.store.sql_sessions import SessionRecords
from shared_validator.store.sql_values import ValueRecords

_PING = select(schema.signing_keys.c.kid).limit(1)


class SQLStore(AccountRecords, SessionRecords, OAuth2Records, OAuth1Records, ValueRecords, Pruning, Store):
    """A store in an SQL database.

    An SQLite file is made and brought up to date here; a PostgreSQL database is by ``migrate``, so that the processes that serve requests
    need no right to change tables.

    Args:
        url: ``sqlite:///relative/path``, ``sqlite:////absolute/path`` or ``postgresql://user:password@host/database``.
        migrate: bring the tables of a PostgreSQL database up to date first.

    Raises:
        SettingsError: the URL is not accepted, the database cannot be reached, or its tables are not those of this version.
    """

    def __init__(self, url: str, *, migrate: bool = False) -> None:
        self.engine = database.engine(url)
        database.prepare(self.engine, migrate=migrate)
        self._connections = Connections(self.engine, database.BEGIN[self.engine.dialect.name])

    @classmethod
    def from_environ(cls, environ: Mapping[str, str] = os.environ, *, migrate: bool = False) -> SQLStore:
        """Return the store that ``DATABASE_URL`` names: an SQLite file ``oauth.sqlite3`` in the current directory where it is not set."""
        return cls(environ.get("DATABASE_URL", "").strip() or "sqlite:///oauth.sqlite3", migrate=migrate)

    def close(self) -> None:
        """Close the connections of all threads. A later call opens new ones."""
        self._connections.close()

    def ping(self) -> None:
        try:
            self._rows(_PING)
        except DBAPIError as error:
            if not error.connection_invalidated:
                raise
            # This thread's connection had been lost, at whatever time: the question is whether the database can be reached now.
            self._rows(_PING)


SQLConsumerStore = SQLStore
