"""Deleting expired records in batches, on the Django ORM."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from typing import Any

from django.db.models import QuerySet

from shared_validator.store.batches import in_batches
from shared_validator.store.django.transactions import repeated
from shared_validator.store.django.values import ValueRecords


class ConsumerPruning(ValueRecords):
    """The part of ``DjangoConsumerStore`` that deletes expired records; see ``ConsumerStore``."""

    transaction: Callable[[], AbstractContextManager[None]]

    def prune(self, now: int) -> int:
        expiring = (self._all(model) for model in (self._counters, self._sealed_values))
        return sum(self._delete_expired(rows, now) for rows in expiring)

    def _delete_expired(self, rows: QuerySet[Any], before: int) -> int:
        return self._prune(rows, before, "expires_at", lambda expired: expired.delete())

    def _prune(
        self, rows: QuerySet[Any], before: int, when: str, end: Callable[[QuerySet[Any]], object]
    ) -> int:
        return in_batches(
            partial(self._batch, rows.filter(**{f"{when}__lt": before}).order_by(when), when, end)
        )

    @repeated
    def _batch(
        self,
        rows: QuerySet[Any],
        when: str,
        end: Callable[[QuerySet[Any]], object],
        after: int,
        batch: int,
    ) -> tuple[list[int], float]:
        """Prune one batch. Return when its records expired, and how long the lock was held."""
        with self.transaction(), self._transactions.writing():
            self._transactions.read_committed()
            since = time.perf_counter()
            # Skip rows that another process is deleting: SKIP LOCKED prevents deadlocks of two
            # prunings, or a pruning and a revocation. SQLite ignores it, with its single writer.
            oldest = rows.filter(**{f"{when}__gte": after}).select_for_update(skip_locked=True)
            found = dict(oldest.values_list("pk", when)[:batch])
            end(self._all(rows.model).filter(pk__in=list(found)))
        return list(found.values()), time.perf_counter() - since
