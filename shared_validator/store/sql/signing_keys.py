"""Signing keys in SQL."""

from __future__ import annotations

from shared_validator.store.records import SigningKey
from shared_validator.store.sql import schema
from shared_validator.store.sql.records import SQLRecords
from shared_validator.store.sql.rows import Rows

_signing_keys = Rows(SigningKey, schema.signing_keys)

_SAVE_SIGNING_KEY = _signing_keys.upsert("kid")
_SIGNING_KEYS = _signing_keys.select().order_by(
    schema.signing_keys.c.active_from, schema.signing_keys.c.kid
)


class SigningKeyRecords(SQLRecords):
    """The part of ``SQLStore`` for signing keys; ``Store`` describes each method."""

    def save_signing_key(self, key: SigningKey) -> None:
        self._save(_SAVE_SIGNING_KEY, _signing_keys, key)

    def signing_keys(self) -> list[SigningKey]:
        return self._records(_signing_keys, _SIGNING_KEYS)
