"""Converting records to rows of their tables, and rows to records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from operator import attrgetter
from typing import Any, Generic, TypeVar

from sqlalchemy import Column, ColumnElement, Select, Table, bindparam, select
from sqlalchemy.dialects.postgresql import Insert, insert

Record = TypeVar("Record")


class Rows(Generic[Record]):
    """The table of one kind of record.

    Columns have the names of the record's fields. Other columns are the store's own.

    Like all others, its statements are built once at import, because building them costs more than
    running them. ``INSERT … ON CONFLICT`` has the same syntax in PostgreSQL and SQLite, so one
    statement works for both.

    Args:
        record: the dataclass.
        table: its table.
    """

    def __init__(self, record: type[Record], table: Table) -> None:
        names = tuple(field.name for field in fields(record))  # type: ignore[arg-type]  # a TypeVar cannot say "dataclass"
        self.columns: Sequence[Column[Any]] = [table.c[name] for name in names]
        self.insert: Insert = (
            insert(table).values({name: bindparam(name) for name in names}).inline()
        )
        self._record = record
        self._names = names
        self._values = attrgetter(*names)

    def upsert(self, key: str) -> Insert:
        """Return the statement that inserts a record, or replaces the one with the same ``key``."""
        return self.insert.on_conflict_do_update(
            index_elements=[key],
            set_={name: self.insert.excluded[name] for name in self._names if name != key},
        )

    def select(self, *conditions: ColumnElement[bool]) -> Select[Any]:
        """Return the statement that finds records."""
        return select(*self.columns).where(*conditions)

    def parameters(self, record: Record) -> dict[str, Any]:
        """Return a record as the parameters of ``insert``."""
        return dict(zip(self._names, self._values(record), strict=True))

    def record(self, row: Sequence[Any]) -> Record:
        """Return a row of ``columns`` as a record."""
        return self._record(**dict(zip(self._names, row, strict=True)))
