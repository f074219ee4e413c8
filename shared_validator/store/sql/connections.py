"""One connection per thread, and the transactions of ``Store.transaction()`` on it."""

from __future__ import annotations

import contextlib
import enum
import os
import threading
import time
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NoReturn

from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError, StatementError
from sqlalchemy.sql.dml import UpdateBase

from shared_validator.store import writers
from shared_validator.store.errors import RolledBack, Unstorable
from shared_validator.store.repeating import Result, repeat
from shared_validator.store.sql.prepared import Answer, Prepared, Statement
from shared_validator.store.unavailable import file_identity, is_unavailable, store_unavailable

FILE_CHECK_SECONDS = 1
"""How often a reader looks whether SQLite's file is still there. A writer looks each time."""


class _State(enum.Enum):
    AUTOCOMMIT = "each statement is a transaction"
    JOINED = "within transaction(), nothing written yet"
    BEGUN = "within transaction(), holding its locks"
    FAILED = "within transaction(), which can only be rolled back"


class _Held:
    """The state of a thread. It ends with its thread, and its connection is then closed."""

    def __init__(self) -> None:
        self.connection: Connection | None = None
        self.driver: Any = None
        self.file: tuple[int, int] | None = None
        self.checked_at = 0.0
        self.state = _State.AUTOCOMMIT
        self.writing = contextlib.ExitStack()


class Connections:
    """Runs statements on the calling thread's own connection, in the driver's autocommit mode.

    Taking a connection from a pool costs as much as a lookup on SQLite, and three times as much on
    PostgreSQL.

    Args:
        engine: makes connections in autocommit mode, without a pool.
        begin: the statement that begins a transaction and takes the lock for its first write.
        complete: returns a statement with the conditions that this store adds.
    """

    def __init__(
        self, engine: Engine, begin: str, complete: Callable[[Statement], Statement]
    ) -> None:
        self._engine = engine
        self._begin = begin
        self._complete = complete
        sqlite = engine.dialect.name == "sqlite"
        self._file = os.path.realpath(str(engine.url.database)) if sqlite else None
        self._prepared: dict[Statement, Prepared] = {}
        self._local = threading.local()
        # References to the connections, so that a child process does not close them, which would
        # end its parent's.
        self._open: dict[int, Connection] = {}
        self._inherited: list[Connection] = []
        _all.add(self)

    def rows(self, statement: Statement, parameters: Mapping[str, Any]) -> Answer:
        """Run a statement and return its rows.

        Raises:
            Unstorable: a parameter is a string that a database cannot hold.
            ValueError: a row with the same key already exists, or the row that this one belongs to
                does not.
            StoreUnavailable: the database cannot be used right now.
            RuntimeError: an earlier statement of this transaction has failed.
        """
        return self._run(statement, parameters)[0]

    def changed(self, statement: UpdateBase, parameters: Mapping[str, Any]) -> int:
        """Run a statement and return how many rows it changed. Raises as ``rows`` does."""
        return self._run(statement, parameters)[1]

    def _run(self, statement: Statement, parameters: Mapping[str, Any]) -> tuple[Answer, int]:
        held = self._held()
        if held.state is _State.FAILED:
            raise RuntimeError("an earlier statement of this transaction has failed")
        try:
            return self._run_once(held, statement, parameters)
        except RolledBack:
            if (
                self._held().state is _State.FAILED
            ):  # all of the transaction is repeated, or nothing
                raise
        return repeat(lambda: self._run_once(held, statement, parameters))

    def _run_once(
        self, held: _Held, statement: Statement, parameters: Mapping[str, Any]
    ) -> tuple[Answer, int]:
        state = held.state
        try:
            return self._attempt(held, statement, parameters)
        except DBAPIError as error:
            if not _wrote_nothing(state, statement, error):
                self._give_up(held, error)
            self._drop(held)
            held.state = state
        try:
            return self._attempt(held, statement, parameters)
        except DBAPIError as error:
            self._give_up(held, error)

    def _attempt(
        self, held: _Held, statement: Statement, parameters: Mapping[str, Any]
    ) -> tuple[Answer, int]:
        try:
            if held.state is _State.JOINED and statement.is_dml:
                self._begin_transaction(held)
            if self._file and held.state is _State.AUTOCOMMIT and statement.is_dml:
                held.checked_at = 0.0
                with self._alone():
                    return self._execute(held, statement, parameters)
            return self._execute(held, statement, parameters)
        except StatementError as error:
            if isinstance(error.orig, Unstorable):
                raise error.orig from None
            raise

    def _alone(self) -> contextlib.AbstractContextManager[None]:
        return contextlib.nullcontext() if self._file is None else writers.alone(self._file)

    def _execute(
        self, held: _Held, statement: Statement, parameters: Mapping[str, Any]
    ) -> tuple[Answer, int]:
        connection = self._connection(held)
        if self._engine._has_events:
            # An event listener expects SQLAlchemy to run it.
            result = connection.execute(self._complete(statement), parameters)
            return result.all() if result.returns_rows else (), result.rowcount
        prepared = self._prepared.get(statement) or self._prepared.setdefault(
            statement, Prepared(self._complete(statement), self._engine.dialect)
        )
        rows, changed = self._drive(
            connection, held, prepared.text, prepared.parameters(parameters)
        )
        return prepared.rows(rows), changed

    def _say(self, held: _Held, text: str) -> None:
        connection = self._connection(held)
        if self._engine._has_events:
            connection.exec_driver_sql(text)
        else:
            self._drive(connection, held, text)

    def _drive(
        self, connection: Connection, held: _Held, text: str, parameters: Any = ()
    ) -> tuple[Sequence[Any], int]:
        dialect = self._engine.dialect
        try:
            cursor = held.driver.execute(text, parameters)
            # SQLite commits a statement that returns rows only when all of them have been fetched.
            return cursor.fetchall() if cursor.description else (), cursor.rowcount
        except dialect.loaded_dbapi.Error as error:
            lost = dialect.is_disconnect(error, held.driver, None)
            if lost:
                connection.invalidate(error)
            raise DBAPIError.instance(
                text,
                None,
                error,
                dialect.loaded_dbapi.Error,
                hide_parameters=True,
                connection_invalidated=lost,
                dialect=dialect,
            ) from error

    def _give_up(self, held: _Held, error: DBAPIError) -> NoReturn:
        self._fail(held, error)
        if isinstance(error, IntegrityError):
            message = "the record is there already, or what it belongs to is not"
            raise ValueError(message) from error  # noqa: TRY004 - it is about a value
        if error.connection_invalidated or is_unavailable(error.orig):
            raise store_unavailable(error.orig) from error
        raise error

    def _fail(self, held: _Held, error: StatementError) -> None:
        # After a failed statement, PostgreSQL silently turns COMMIT into ROLLBACK, and a lost
        # connection has lost its transaction. So on every database such a block must end with an
        # exception, whatever its code does with this one.
        if held.state is _State.BEGUN:
            held.state = _State.FAILED
        if getattr(error, "connection_invalidated", False):
            self._drop(held)

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Join the writes of this thread within the block. Raises ``RuntimeError`` within another one."""
        held = self._held()
        if held.state is not _State.AUTOCOMMIT:
            raise RuntimeError("transaction() does not nest")
        held.state = _State.JOINED
        try:
            yield
            self._commit(held)
        except BaseException:
            if held.state is not _State.JOINED:
                self._roll_back(held)
            raise
        finally:
            held.writing.close()
            held.state = _State.AUTOCOMMIT

    def _commit(self, held: _Held) -> None:
        if held.state is _State.FAILED:
            raise RuntimeError(
                "a statement of this transaction has failed: nothing of it was written"
            )
        if held.state is _State.BEGUN:
            try:
                self._say(held, "COMMIT")
            except DBAPIError as error:
                self._give_up(held, error)

    def joined(self, work: Callable[[], Result]) -> Result:
        """Call ``work`` in the transaction of this thread, or in one that is repeated if need be."""
        if self._held().state is not _State.AUTOCOMMIT:
            return work()

        def step() -> Result:
            with self.transaction():
                return work()

        return repeat(step)

    def begin(self) -> None:
        """Take the lock of the first write of a ``transaction()`` now."""
        held = self._held()
        try:
            self._begin_transaction(held)
        except DBAPIError as error:
            self._give_up(held, error)

    def _begin_transaction(self, held: _Held) -> None:
        held.checked_at = 0.0
        held.state = _State.FAILED  # if the other writers of this process take too long
        self._connection(held)
        held.writing.enter_context(self._alone())
        held.state = _State.BEGUN
        self._say(held, self._begin)

    def _roll_back(self, held: _Held) -> None:
        try:
            # The driver's own rollback does nothing if BEGIN itself has failed.
            if held.connection is not None:
                held.connection.connection.rollback()
        except Exception:  # closing rolls back too, and the caller's exception matters more
            self._drop(held)

    def _held(self) -> _Held:
        try:
            return self._local.held  # type: ignore[no-any-return]
        except AttributeError:
            held = self._local.held = _Held()
            weakref.finalize(held, _close, self._open, id(held), os.getpid())
            return held

    def _connection(self, held: _Held) -> Connection:
        if self._file and held.state is not _State.BEGUN:
            self._check_file(self._file, held)
        if held.connection is None:
            held.connection = self._open[id(held)] = self._engine.connect()
            held.driver = held.connection.connection.driver_connection
        return held.connection

    def _check_file(self, path: str, held: _Held) -> None:
        """Drop the connection if its file was deleted or replaced: what it writes would be lost."""
        now = time.monotonic()
        if now - held.checked_at < FILE_CHECK_SECONDS:
            return
        held.checked_at = now
        current = file_identity(path)
        if current != held.file:
            self._drop(held)
            held.file = current

    def _drop(self, held: _Held) -> None:
        held.writing.close()
        held.connection = None
        _close(self._open, id(held), os.getpid())

    def leave_thread(self) -> None:
        """Close the connection of this thread. A later statement opens a new one."""
        self._drop(self._held())

    def close(self) -> None:
        """Close the connections of all threads. A later statement opens a new one."""
        self._local = threading.local()
        for key in list(self._open):
            _close(self._open, key, os.getpid())

    def forget(self) -> None:
        """Start again in a child process, without closing the parent's connections."""
        held = self._held()
        if held.state is not _State.AUTOCOMMIT:
            held.state = (
                _State.FAILED
            )  # the block that forked continues in both, its transaction in the parent only
        held.connection = None
        self._inherited.extend(self._open.values())
        self._open.clear()
        self._local = threading.local()


def _wrote_nothing(state: _State, statement: Statement, error: DBAPIError) -> bool:
    """Return whether a statement can be repeated on a new connection."""
    if not error.connection_invalidated or state is _State.BEGUN:
        return False
    # Uncommitted changes are lost with the connection. A write that is its own transaction may have
    # been committed before the response was lost, unless the server says that it ended the
    # connection (57P01: admin_shutdown, and similar codes).
    ended = str(getattr(error.orig, "sqlstate", None)).startswith("57P")
    return not statement.is_dml or state is _State.JOINED or ended


def _close(open_connections: dict[int, Connection], key: int, owner: int) -> None:
    # In a child process, threads that it did not inherit end before any fork hook runs.
    if owner == os.getpid() and (connection := open_connections.pop(key, None)) is not None:
        with contextlib.suppress(SQLAlchemyError):
            connection.close()


_all: weakref.WeakSet[Connections] = weakref.WeakSet()


def _forget_all() -> None:
    for connections in list(_all):
        connections.forget()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_all)
