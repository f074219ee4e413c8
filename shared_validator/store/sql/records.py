"""The base of all parts of ``SQLStore``, which converts the results of statements."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

from sqlalchemy import Boolean, Column, ColumnElement, exists
from sqlalchemy.sql.dml import UpdateBase
from sqlalchemy.sql.functions import GenericFunction
from sqlalchemy.sql.visitors import replacement_traverse

from shared_validator.store.errors import Unstorable
from shared_validator.store.sql import schema
from shared_validator.store.sql.connections import Connections
from shared_validator.store.sql.prepared import Answer, Statement
from shared_validator.store.sql.rows import Record, Rows


class active_user(GenericFunction[bool]):
    """The condition that the user of a row exists and may sign in.

    It only marks the place. Each store puts the condition on its own table of users there.
    """

    type = Boolean()
    inherit_cache = True


def with_users(
    statement: Statement, condition: Callable[[ColumnElement[str]], ColumnElement[bool]]
) -> Statement:
    """Return a statement with a condition in place of each ``active_user``.

    Args:
        statement: the statement.
        condition: returns the condition for the column with a user's identifier.
    """

    def replaced(element: Any, **_: Any) -> ColumnElement[bool] | None:
        if not isinstance(element, active_user):
            return None
        (user_id,) = element.clauses
        return condition(user_id)

    with_condition: Any = replacement_traverse(statement, {}, replaced)
    return with_condition  # type: ignore[no-any-return]  # the same kind of statement


def is_active(user_id: ColumnElement[str]) -> ColumnElement[bool]:
    """Return the condition that a user is in our own table, and is not disabled."""
    return exists().where(schema.users.c.user_id == user_id, ~schema.users.c.disabled)


def active_client(client_id: Column[Any]) -> ColumnElement[bool]:
    """Return the condition that the client of a row exists and is not disabled."""
    return exists().where(schema.clients.c.client_id == client_id, ~schema.clients.c.disabled)


def active_consumer(consumer_key: Column[Any]) -> ColumnElement[bool]:
    """Return the condition that the consumer of a row exists and is not disabled."""
    consumer = schema.oauth1_consumers.c
    return exists().where(consumer.consumer_key == consumer_key, ~consumer.disabled)


class SQLRecords:
    """Runs statements for the parts of ``SQLStore``.

    No database has a string that it cannot hold, so looking for such a string finds nothing,
    whatever a stranger typed. Writing it raises ``ValueError``.
    """

    _connections: Connections

    def _rows(self, statement: Statement, **parameters: Any) -> Answer:
        try:
            return self._connections.rows(statement, parameters)
        except Unstorable:
            return ()

    def _record(self, rows: Rows[Record], statement: Statement, **parameters: Any) -> Record | None:
        found = self._rows(statement, **parameters)
        return rows.record(found[0]) if found else None

    def _records(self, rows: Rows[Record], statement: Statement, **parameters: Any) -> list[Record]:
        return [rows.record(row) for row in self._rows(statement, **parameters)]

    def _value(self, statement: Statement, **parameters: Any) -> Any:
        found = self._rows(statement, **parameters)
        return found[0][0] if found else None

    def _changed(self, statement: UpdateBase, **parameters: Any) -> int:
        try:
            return self._connections.changed(statement, parameters)
        except Unstorable:
            return 0

    def _save(self, statement: UpdateBase, rows: Rows[Record], record: Record) -> None:
        self._connections.changed(statement, rows.parameters(record))

    def transaction(self) -> contextlib.AbstractContextManager[None]:
        """Join the writes of this thread within the block; see ``Store.transaction``."""
        return self._connections.transaction()
