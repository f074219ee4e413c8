"""Deleting expired records, on the Django ORM."""

from __future__ import annotations

from django.db.models import Model

from shared_validator.store.batches import CLAIMED_CODE_SECONDS, SEALED_ANSWER_SECONDS
from shared_validator.store.django import models
from shared_validator.store.django.batches import ConsumerPruning

_EXPIRING: tuple[type[Model], ...] = (
    models.Session,
    models.AccessToken,
    models.RefreshToken,
    models.DeviceCode,
    models.TemporaryCredentials,
    models.Nonce,
    models.SigningKey,
)


class Pruning(ConsumerPruning):
    """The part of ``DjangoStore`` that deletes expired records; see ``Store``."""

    def prune(self, now: int) -> int:
        answered = self._all(models.RefreshToken).filter(sealed_answer__isnull=False)
        codes = self._all(models.AuthorizationCode)
        self._prune(
            answered,
            now - SEALED_ANSWER_SECONDS,
            "issued_at",
            lambda rows: rows.update(sealed_answer=None),
        )
        expired = [
            (codes.filter(claimed_at__isnull=True), now),
            (codes, now - CLAIMED_CODE_SECONDS),
            *((self._all(model), now) for model in _EXPIRING),
        ]
        deleted = sum(self._delete_expired(rows, before) for rows, before in expired)
        return deleted + super().prune(now)
