"""Sealed values on the Django ORM, whatever table they are in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from shared_validator.store.django.rows import DjangoRecords
from shared_validator.store.django.transactions import repeated
from shared_validator.store.sealing import SEALED_BY_CONSUMER, Key


class Sealing(DjangoRecords):
    """The part of both stores for sealed values; ``ConsumerStore`` describes each method."""

    _sealed_values: ClassVar[Any]
    _sealed_columns: ClassVar[Mapping[str, tuple[Any, str, str]]] = {}
    """The model, the name of its key and the name of the sealed column, by kind."""

    @repeated
    def list_sealed(self, kind: str, after: Key | None, limit: int) -> list[tuple[Key, bytes]]:
        model, key, sealed = self._column(kind)
        following = {} if after is None else {f"{key}__gt": after}
        rows = self._all(model).filter(**following, **{f"{sealed}__isnull": False})
        with self._transactions.reading():
            found = rows.order_by(key).values_list(key, sealed)[:limit]
            return [(_plain(of), bytes(value)) for of, value in found]

    def replace_sealed(self, kind: str, key: Key, old: bytes, new: bytes) -> None:
        model, name, sealed = self._column(kind)
        self._update(model, {sealed: new}, **{name: key, sealed: old})

    def _column(self, kind: str) -> tuple[Any, str, str]:
        if kind in SEALED_BY_CONSUMER:
            return self._sealed_values, "name", "sealed"
        return self._sealed_columns[kind]


def _plain(key: Any) -> Key:
    return key if isinstance(key, str) else bytes(key)
