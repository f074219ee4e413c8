"""Converting records to rows of their tables, and rows to records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from functools import cached_property
from operator import attrgetter
from typing import Any, Generic, TypeVar

from django.db.models import Model, QuerySet

from shared_validator.store import texts
from shared_validator.store.django.transactions import Transactions, repeated
from shared_validator.store.errors import Unstorable

Record = TypeVar("Record")


def check(model: type[Model], values: Mapping[str, Any]) -> None:
    """Raise ``Unstorable`` for values that a database cannot hold.

    This happens before the statement, which would fail its whole transaction.
    """
    for name, value in values.items():
        field: Any = model._meta.get_field(name)
        if not hasattr(value, "resolve_expression"):
            field.get_prep_value(value)


def matching(rows: QuerySet[Any], *conditions: Any, **values: Any) -> QuerySet[Any]:
    """Return the rows that meet the conditions.

    Raises:
        Unstorable: a string is too long to look up, or no database can hold it. Django would walk
            over each character of one that it compares with a foreign key.
    """
    for value in values.values():
        if isinstance(value, str):
            texts.check(value, texts.KEY_CHARACTERS)
    return rows.filter(*conditions, **values)


class Rows(Generic[Record]):
    """The table of one kind of record.

    Columns have the names of the record's fields. Other columns are the store's own.

    Args:
        record: the dataclass.
        model: its model.
        renamed: fields of the record that have another name in the model.
    """

    def __init__(self, record: type[Record], model: type[Model], **renamed: str) -> None:
        self.model = model
        self._record = record
        self._names = tuple(field.name for field in fields(record))  # type: ignore[arg-type]  # a TypeVar cannot say "dataclass"
        self._attributes = tuple(renamed.get(name, name) for name in self._names)
        self._values = attrgetter(*self._names)

    @cached_property
    def selected(self) -> QuerySet[Any]:
        """All rows, as tuples. Naming the columns costs a fifth of a query, so it is done once."""
        return self.selected_with()

    def selected_with(self, *more: str) -> QuerySet[Any]:
        """Return all rows as tuples, each with ``more`` columns at the end."""
        return self.model._default_manager.values_list(*self._attributes, *more)

    def instance(self, record: Record) -> Model:
        """Return a record as a new row. Raises ``Unstorable``."""
        values = dict(zip(self._attributes, self._values(record), strict=True))
        check(self.model, values)
        return self.model(**values)

    def records(self, found: QuerySet[Any]) -> list[Record]:
        """Return the rows of a query that began with ``selected`` as records."""
        return [self.record(row) for row in found]

    def record(self, row: Sequence[Any]) -> Record:
        """Return a row of ``selected`` as a record."""
        return self._record(**dict(zip(self._names, row, strict=True)))

    def others(self, key: str) -> list[str]:
        """Return the names of all fields but ``key``."""
        return [name for name in self._attributes if name != key]


class DjangoRecords:
    """Runs queries for the parts of ``DjangoStore``.

    No database has a string that it cannot hold, so looking for such a string finds nothing,
    whatever a stranger typed. Writing it raises ``ValueError``.
    """

    _transactions: Transactions

    def _all(self, model: type[Model]) -> QuerySet[Any]:
        return model._default_manager.using(self._transactions.using)

    def _selected(self, rows: Rows[Any]) -> QuerySet[Any]:
        return rows.selected.using(self._transactions.using)

    @repeated
    def _find(
        self, rows: Rows[Record], *conditions: Any, lock: bool = False, **values: Any
    ) -> Record | None:
        """Return the one record that meets the conditions.

        With ``lock``, it cannot change before the end of the transaction.
        """
        try:
            finding = matching(self._selected(rows), *conditions, **values)
        except Unstorable:
            return None
        with self._transactions.reading():
            # SQLite has one writer at a time and ignores the lock.
            found = rows.records(finding.select_for_update() if lock else finding)
        return found[0] if found else None

    @repeated
    def _page(self, rows: Rows[Record], key: str, after: str, limit: int) -> list[Record]:
        """Return the records whose key is greater than ``after``, in the order of their keys."""
        try:
            following = matching(self._selected(rows), **{f"{key}__gt": after})
        except Unstorable:
            return []
        with self._transactions.reading():
            return rows.records(following.order_by(key)[:limit])

    @repeated
    def _insert(self, rows: Rows[Record], record: Record) -> None:
        row = rows.instance(record)
        with self._transactions.writing():
            row.save(using=self._transactions.using, force_insert=True)

    @repeated
    def _upsert(self, rows: Rows[Record], record: Record, key: str) -> None:
        row = rows.instance(record)
        with self._transactions.writing():
            self._all(rows.model).bulk_create(
                [row], update_conflicts=True, unique_fields=[key], update_fields=rows.others(key)
            )

    @repeated
    def _update(
        self, model: type[Model], changes: Mapping[str, Any], *conditions: Any, **values: Any
    ) -> int:
        """Change the rows that meet the conditions in one statement, and return their number."""
        try:
            changing = matching(self._all(model), *conditions, **values)
            check(model, changes)
        except Unstorable:
            return 0
        with self._transactions.writing():
            return changing.update(**changes)

    @repeated
    def _delete(self, model: type[Model], *conditions: Any, **values: Any) -> int:
        """Delete the rows that meet the conditions in one statement, and return their number."""
        try:
            deleting = matching(self._all(model), *conditions, **values)
        except Unstorable:
            return 0
        with self._transactions.writing():
            return deleting.delete()[0]
