"""Counters and sealed values on the Django ORM."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import Case, F, Q, Value, When

from shared_validator.store.django.rows import DjangoRecords
from shared_validator.store.django.transactions import repeated
from shared_validator.vault import digest


class ValueRecords(DjangoRecords):
    """The part of both stores for counters and sealed values; ``ConsumerStore`` describes each method."""

    _counters: ClassVar[Any]
    _sealed_values: ClassVar[Any]

    @repeated
    def count(self, key: str, window_seconds: int, now: int) -> int:
        over = now + window_seconds
        counter = self._all(self._counters).filter(key_hash=digest(key))
        begun = Q(expires_at__gt=now)
        one_more = {
            "count": Case(When(begun, then=F("count") + 1), default=Value(1)),
            "expires_at": Case(When(begun, then=F("expires_at")), default=Value(over)),
        }
        with self._transactions.joined():
            while not counter.update(**one_more):
                self._all(self._counters).bulk_create(
                    [self._counters(key_hash=digest(key), count=0, expires_at=over)],
                    ignore_conflicts=True,
                )
            # The update locks the row until the transaction ends.
            return int(counter.values_list("count", flat=True).get())

    def uncount(self, key: str) -> None:
        self._update(self._counters, {"count": F("count") - 1}, key_hash=digest(key), count__gt=0)

    def forget_count(self, key: str) -> None:
        self._delete(self._counters, key_hash=digest(key))

    @repeated
    def save_sealed(self, name: bytes, sealed: bytes, expires_at: int) -> None:
        row = self._sealed_values(name=name, sealed=sealed, expires_at=expires_at)
        with self._transactions.writing():
            self._all(self._sealed_values).bulk_create(
                [row],
                update_conflicts=True,
                unique_fields=["name"],
                update_fields=["sealed", "expires_at"],
            )

    @repeated
    def sealed(self, name: bytes, now: int) -> bytes | None:
        with self._transactions.reading():
            return (
                self._all(self._sealed_values)
                .filter(name=name, expires_at__gt=now)
                .values_list("sealed", flat=True)
                .first()
            )

    @repeated
    def claim_sealed(self, name: bytes, now: int) -> bytes | None:
        unexpired = self._all(self._sealed_values).filter(name=name, expires_at__gt=now)
        with self._transactions.joined():
            # Lock the row, so that the returned value is the deleted one. SQLite has one writer at
            # a time and ignores the lock.
            sealed = unexpired.select_for_update().values_list("sealed", flat=True).first()
            return sealed if unexpired.delete()[0] else None

    def delete_sealed(self, name: bytes) -> None:
        self._delete(self._sealed_values, name=name)
