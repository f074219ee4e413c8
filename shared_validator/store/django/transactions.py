"""``Store.transaction()`` with Django's ``atomic()``, which begins at the first write."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Iterator
from functools import partial, wraps
from typing import Any, TypeVar, cast

from django.db import Error, IntegrityError, connections, transaction
from django.db.backends.signals import connection_created
from django.dispatch import receiver

from shared_validator.store import writers
from shared_validator.store.errors import StoreUnavailable
from shared_validator.store.repeating import Result, repeat
from shared_validator.store.unavailable import file_identity, is_unavailable, store_unavailable

_Step = TypeVar("_Step", bound=Callable[..., Any])

CONFLICT = "the record is there already, or what it belongs to is not"


_FILE = "shared_validator_file"
"""The attribute of a connection to SQLite that has the identity of its file."""


@receiver(connection_created)
def _remember_file(connection: Any, **_kwargs: Any) -> None:
    if connection.vendor == "sqlite":
        setattr(connection, _FILE, file_identity(connection.settings_dict["NAME"]))


class _Opened:
    """A ``transaction()`` of one thread."""

    def __init__(self) -> None:
        self.atomic = contextlib.ExitStack()
        self.begun = False
        self.failed = False


class Transactions:
    """The statements of a store, each on its thread's own connection.

    ``atomic()`` takes SQLite's only write lock at once, so it is not entered before there is
    something to write. (Without ``transaction_mode`` IMMEDIATE, a later write would fail if another
    process has written meanwhile.)

    Args:
        using: the alias of a database.
    """

    def __init__(self, using: str) -> None:
        self.using = using
        self._local = threading.local()

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Join the writes of this thread within the block. Raises ``RuntimeError`` within another one."""
        if self._opened() is not None:
            raise RuntimeError("transaction() does not nest")
        opened = self._local.opened = _Opened()
        try:
            with opened.atomic:
                yield
                if opened.failed:
                    raise RuntimeError(
                        "a statement of this transaction has failed: nothing of it was written"
                    )
        except IntegrityError as error:
            raise ValueError(
                CONFLICT
            ) from error  # Django's foreign keys are checked at the end of a transaction
        except Error as error:
            self._raise_if_unavailable(error)
            raise
        finally:
            self._local.opened = None

    @contextlib.contextmanager
    def reading(self) -> Iterator[None]:
        """Run one statement that only reads.

        Raises:
            RuntimeError: an earlier statement of this transaction has failed.
            StoreUnavailable: the database cannot be used right now.
        """
        opened = self._opened()
        if opened is not None and opened.failed:
            raise RuntimeError("an earlier statement of this transaction has failed")
        self._check_file()
        try:
            yield
        except Error as error:
            # After a failed statement, PostgreSQL silently turns COMMIT into ROLLBACK, so such a
            # block must end with an exception.
            if opened is not None:
                opened.failed = opened.begun
            self._raise_if_unavailable(error)
            raise

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """Run one statement that writes.

        Raises as ``reading`` does, and ``ValueError`` if the record conflicts with an existing one.
        """
        try:
            with self.reading():
                opened = self._opened()
                if opened is None:
                    with self._alone():
                        yield
                    return
                if not opened.begun:
                    opened.atomic.enter_context(self._alone())
                    opened.atomic.enter_context(transaction.atomic(self.using))
                    opened.begun = True
                yield
        except IntegrityError as error:
            raise ValueError(CONFLICT) from error

    @contextlib.contextmanager
    def joined(self) -> Iterator[None]:
        """Run several statements as one step. Raises as ``writing`` does."""
        with (
            self.writing(),
            contextlib.nullcontext()
            if self._opened() is not None
            else transaction.atomic(self.using),
        ):
            yield

    def read_committed(self) -> None:
        """Let simultaneous transactions skip each other's rows, which a stricter level rolls back.

        Does nothing within an application's own transaction, which keeps its level.
        """
        connection = connections[self.using]
        if connection.vendor == "postgresql" and not connection.savepoint_ids:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")

    def _alone(self) -> contextlib.AbstractContextManager[None]:
        connection = connections[self.using]
        # Within an atomic() this thread has SQLite's lock already.
        if connection.vendor != "sqlite" or connection.in_atomic_block:
            return contextlib.nullcontext()
        return writers.alone(os.path.realpath(connection.settings_dict["NAME"]))

    def _check_file(self) -> None:
        """Close the connection if SQLite's file was deleted or replaced: what it writes would be lost.

        Raises:
            StoreUnavailable: the file is missing. Django would make an empty one in its place.
        """
        connection: Any = connections[self.using]
        if connection.vendor != "sqlite" or connection.in_atomic_block:
            return
        name = connection.settings_dict["NAME"]
        if connection.is_in_memory_db() or str(name).startswith("file:"):
            return
        file = file_identity(name)
        if connection.connection is not None and file != getattr(connection, _FILE, None):
            connection.close()
        if file is None:
            raise StoreUnavailable(f"the database cannot be used: unable to open {name}")

    def _is_empty(self, error: Error) -> bool:
        """Return whether SQLite's file has no tables: it was deleted, and Django made a new one."""
        connection: Any = connections[self.using]
        if connection.vendor != "sqlite" or not str(error).startswith("no such table"):
            return False
        # Not with Django's cursor, which refuses to go on in a transaction that has failed.
        tables = connection.connection.execute("SELECT 1 FROM sqlite_master WHERE type = 'table'")
        return tables.fetchone() is None

    def _raise_if_unavailable(self, error: Error) -> None:
        if is_unavailable(error.__cause__) or self._is_empty(error):
            # Replace a lost connection by a new one, unless it has an open transaction.
            connections[self.using].close_if_unusable_or_obsolete()
            raise store_unavailable(error.__cause__) from error

    def repeat(self, step: Callable[[], Result]) -> Result:
        """Take a step, and again if the database rolls it back, unless it is part of a larger one."""
        part = self._opened() is not None or connections[self.using].in_atomic_block
        return step() if part else repeat(step)

    def _opened(self) -> _Opened | None:
        return getattr(self._local, "opened", None)


def repeated(step: _Step) -> _Step:
    """Repeat a method of a store as ``Transactions.repeat`` does."""

    @wraps(step)
    def call(store: Any, *args: Any, **kwargs: Any) -> Any:
        return store._transactions.repeat(partial(step, store, *args, **kwargs))

    return cast("_Step", call)
