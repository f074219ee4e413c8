"""Nonces, temporary credentials and token credentials of OAuth 1.0a in SQL."""

from __future__ import annotations

from sqlalchemy import bindparam, delete, update
from sqlalchemy.dialects.postgresql import insert

from shared_validator.store.records import TemporaryCredentials, TokenCredentials
from shared_validator.store.sql import schema
from shared_validator.store.sql.records import SQLRecords, active_consumer, active_user
from shared_validator.store.sql.rows import Rows

_NOW = bindparam("now", type_=schema.Time)

_temporary = Rows(TemporaryCredentials, schema.temporary_credentials)
_token = Rows(TokenCredentials, schema.token_credentials)
_pending = schema.temporary_credentials.c

_USE_NONCE = (
    insert(schema.nonces)
    .values(nonce_hash=bindparam("nonce_hash"), expires_at=bindparam("expires_at"))
    .on_conflict_do_nothing()
    .returning(schema.nonces.c.nonce_hash)
)
_TEMPORARY = _temporary.select(_pending.token_hash == bindparam("token_hash"))
_ANSWER = (
    update(schema.temporary_credentials)
    .values(user_id=bindparam("by_user"), verifier_hash=bindparam("verifier"))
    .where(
        _pending.token_hash == bindparam("of_token"),
        _pending.user_id.is_(None),
        _pending.expires_at > _NOW,
        active_consumer(_pending.consumer_key),
    )
)
_CLAIM = (
    delete(schema.temporary_credentials)
    .where(
        _pending.token_hash == bindparam("token_hash"),
        _pending.consumer_key == bindparam("consumer_key"),
        _pending.user_id.is_not(None),
        _pending.verifier_hash == bindparam("verifier_hash"),
        _pending.expires_at > _NOW,
        active_user(_pending.user_id),
        active_consumer(_pending.consumer_key),
    )
    .returning(*_temporary.columns)
)
_TOKEN = _token.select(
    schema.token_credentials.c.token_hash == bindparam("token_hash"),
    active_user(schema.token_credentials.c.user_id),
    active_consumer(schema.token_credentials.c.consumer_key),
)


class OAuth1Records(SQLRecords):
    """The OAuth 1.0a part of ``SQLStore``; ``Store`` describes each method."""

    def use_nonce(self, nonce_hash: bytes, expires_at: int) -> bool:
        return bool(self._rows(_USE_NONCE, nonce_hash=nonce_hash, expires_at=expires_at))

    def save_temporary_credentials(self, credentials: TemporaryCredentials) -> None:
        self._save(_temporary.insert, _temporary, credentials)

    def temporary_credentials(self, token_hash: bytes) -> TemporaryCredentials | None:
        return self._record(_temporary, _TEMPORARY, token_hash=token_hash)

    def answer_temporary_credentials(
        self, token_hash: bytes, user_id: str, verifier_hash: bytes | None, now: int
    ) -> bool:
        return (
            self._changed(
                _ANSWER, of_token=token_hash, by_user=user_id, verifier=verifier_hash, now=now
            )
            == 1
        )

    def claim_temporary_credentials(
        self, token_hash: bytes, consumer_key: str, verifier_hash: bytes, now: int
    ) -> TemporaryCredentials | None:
        return self._record(
            _temporary,
            _CLAIM,
            token_hash=token_hash,
            consumer_key=consumer_key,
            verifier_hash=verifier_hash,
            now=now,
        )

    def save_token_credentials(self, credentials: TokenCredentials) -> None:
        self._save(_token.insert, _token, credentials)

    def token_credentials(self, token_hash: bytes) -> TokenCredentials | None:
        return self._record(_token, _TOKEN, token_hash=token_hash)
