"""Deleting what expired, on the Django ORM."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from typing import Any

from django.db.models import Model, QuerySet

from shared_validator.store.batches import CLAIMED_CODE_SECONDS, SEALED_ANSWER_SECONDS, in_batches
from shared_validator.store.django import models
from shared_validator.store.django.rows import DjangoRecords

_EXPIRING: tuple[type[Model], ...] = (
    models.Session,
    models.AccessToken,
    models.RefreshToken,
    models.DeviceCode,
    models.TemporaryCredentials,
    models.Nonce,
    models.Counter,
    models.SealedValue,
    models.SigningKey,
)


class Pruning(DjangoRecords):
    """The part of ``DjangoStore`` that deletes what expired; ``Store`` describes it."""

    transaction: Callable[[], AbstractContextManager[None]]

    def prune(self, now: int) -> int:
        answered = self._all(models.RefreshToken).filter(sealed_answer__isnull=False)
        codes = self._all(models.AuthorizationCode)
        self._prune(answered, now - SEALED_ANSWER_SECONDS, "issued_at", lambda rows: rows.update(sealed_answer=None))
        expired = [
            (codes.filter(claimed_at__isnull=True), now),
            (codes, now - CLAIMED_CODE_SECONDS),
            *((self._all(model), now) for model in _EXPIRING),
        ]
        return sum(self._prune(rows, before, "expires_at", lambda rows: rows.delete()) for rows, before in expired)

    def _prune(self, rows: QuerySet[Any], before: int, when: str, end: Callable[[QuerySet[Any]], object]) -> int:
        return in_batches(partial(self._batch, rows.filter(**{f"{when}__lt": before}).order_by(when), when, end))

    def _batch(
        self, rows: QuerySet[Any], when: str, end: Callable[[QuerySet[Any]], object], after: int, batch: int
    ) -> tuple[list[int], float]:
        """Prune one batch, and return when its records ended and for how many seconds their lock was held."""
        with self.transaction(), self._transactions.writing():
            since = time.perf_counter()
            # Rows that somebody else is deleting are theirs: SKIP LOCKED keeps two prunings, or a pruning and a revocation, out of a
            # deadlock. SQLite has one writer at a time and leaves it out.
            oldest = rows.filter(**{f"{when}__gte": after}).select_for_update(skip_locked=True)
            found = dict(oldest.values_list("pk", when)[:batch])
            end(self._all(rows.model).filter(pk__in=list(found)))
        return list(found.values()), time.perf_counter() - since
