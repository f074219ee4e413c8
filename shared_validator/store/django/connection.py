"""The database connection of both stores on the Django ORM."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, ClassVar

from django.db import connections

from shared_validator.store.django.rows import DjangoRecords
from shared_validator.store.django.transactions import Transactions, repeated
from shared_validator.store.repeating import Result

_TIME = {
    "sqlite": "SELECT (julianday('now') - 2440587.5) * 86400.0",
    "postgresql": "SELECT extract(epoch FROM clock_timestamp())",
}


class DjangoConnection(DjangoRecords):
    """A store in a database of a Django project.

    Its connections are Django's. Django closes them at the end of a request, according to
    ``CONN_MAX_AGE``.

    Args:
        using: the alias of the database, in ``DATABASES``: SQLite with
            ``"transaction_mode": "IMMEDIATE"``, or PostgreSQL.
    """

    _PING: ClassVar[Any]

    def __init__(self, using: str = "default") -> None:
        self._transactions = Transactions(using)

    def transaction(self) -> AbstractContextManager[None]:
        """Join the writes of this thread within the block; see ``Store.transaction``."""
        return self._transactions.transaction()

    def transact(self, work: Callable[[], Result]) -> Result:
        """Call ``work`` in a transaction; see ``Store.transact``.

        Within an ``atomic()`` of the project it is not repeated: only all of that block could be.
        """

        def step() -> Result:
            with self.transaction():
                return work()

        return self._transactions.repeat(step)

    @repeated
    def ping(self) -> None:
        """Raise ``StoreUnavailable`` if the database cannot be reached. Write nothing."""
        with self._transactions.reading():
            self._all(self._PING).exists()

    def time(self) -> float:
        """Return the time of the database's clock, in seconds since 1970."""
        connection = connections[self._transactions.using]
        with self._transactions.reading(), connection.cursor() as cursor:
            cursor.execute(_TIME[connection.vendor])
            return float(cursor.fetchone()[0])

    def leave_thread(self) -> None:
        """Close the connection of this thread: Django closes those of requests only."""
        connections[self._transactions.using].close()

    def close(self) -> None:
        """Do nothing: Django closes its connections itself."""
