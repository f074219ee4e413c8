"""Signing keys on the Django ORM."""

from __future__ import annotations

from shared_validator.store.django import models
from shared_validator.store.django.rows import DjangoRecords, Rows
from shared_validator.store.records import SigningKey

_signing_keys = Rows(SigningKey, models.SigningKey)


class SigningKeyRecords(DjangoRecords):
    """The part of ``DjangoStore`` for signing keys; ``Store`` describes each method."""

    def save_signing_key(self, key: SigningKey) -> None:
        self._upsert(_signing_keys, key, "kid")

    def signing_keys(self) -> list[SigningKey]:
        with self._transactions.reading():
            keys = self._selected(_signing_keys).order_by("active_from", "kid")
            return _signing_keys.records(keys)
