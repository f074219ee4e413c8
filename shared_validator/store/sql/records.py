"""The base of all parts of ``SQLStore``, which converts the results of statements."""

from __future__ import annotations

import contextlib
from typing import Any

from sqlalchemy import Column, ColumnElement, exists
from sqlalchemy.sql.dml import UpdateBase

from shared_validator.store.errors import Unstorable
from shared_validator.store.sql import schema
from shared_validator.store.sql.connections import Connections
from shared_validator.store.sql.prepared import Answer, Statement
from shared_validator.store.sql.rows import Record, Rows


def enabled(user_id: Column[Any]) -> ColumnElement[bool]:
    """Return the condition that the user of a row is not disabled.

    Users in a framework's own table are not in ours, and count as enabled.
    """
    return ~exists().where(schema.users.c.user_id == user_id, schema.users.c.disabled)


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
