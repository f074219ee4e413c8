"""Prepared statements: SQLAlchemy compiles each of them once, and the driver runs it.

A lookup through SQLAlchemy costs five times as much as the lookup itself, and each request to an
API needs one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.engine import Dialect
from sqlalchemy.sql.dml import UpdateBase
from sqlalchemy.sql.selectable import Select

Answer = Sequence[Sequence[Any]]
Statement = Select[Any] | UpdateBase


class Prepared:
    """A statement compiled for one database.

    Args:
        statement: the statement.
        dialect: the database's dialect.
    """

    def __init__(self, statement: Statement, dialect: Dialect) -> None:
        compiled: Any = statement.compile(dialect=dialect)
        self.text: str = compiled.string
        self._positions: Sequence[str] | None = (
            compiled.positiontup if compiled.positional else None
        )
        binds = {name: compiled.binds[name] for name in self._positions or compiled.binds}
        self._constants = {name: bind.value for name, bind in binds.items() if not bind.required}
        self._to_driver = _needed(
            {
                name: bind.type.dialect_impl(dialect).bind_processor(dialect)
                for name, bind in binds.items()
            }
        )
        columns = enumerate(statement.exported_columns)
        self._to_python = _needed(
            {
                at: column.type.dialect_impl(dialect).result_processor(dialect, None)
                for at, column in columns
            }
        )

    def parameters(self, given: Mapping[str, Any]) -> Sequence[Any] | Mapping[str, Any]:
        """Return the parameters for the driver. Raises ``Unstorable``."""
        values = {**self._constants, **given}
        for name, process in self._to_driver:
            values[name] = process(values[name])
        return values if self._positions is None else [values[name] for name in self._positions]

    def rows(self, found: Answer) -> Answer:
        """Return the driver's rows, with each value converted to its column's Python type."""
        return [self._row(row) for row in found]

    def _row(self, row: Sequence[Any]) -> tuple[Any, ...]:
        values = list(row)
        for at, process in self._to_python:
            values[at] = process(values[at])
        return tuple(values)


def _needed(processors: Mapping[Any, Any]) -> list[tuple[Any, Any]]:
    return [(key, process) for key, process in processors.items() if process is not None]
