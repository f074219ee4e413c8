"""Nonces, temporary credentials and token credentials of OAuth 1.0a on the Django ORM."""

from __future__ import annotations

from django.db import IntegrityError, transaction

from shared_validator.store.django import models
from shared_validator.store.django.active import ACTIVE_CONSUMER, ACTIVE_USER
from shared_validator.store.django.rows import DjangoRecords, Rows
from shared_validator.store.django.transactions import repeated
from shared_validator.store.records import TemporaryCredentials, TokenCredentials

_temporary = Rows(TemporaryCredentials, models.TemporaryCredentials, consumer_key="consumer_id")
_token = Rows(TokenCredentials, models.TokenCredentials, consumer_key="consumer_id")


class OAuth1Records(DjangoRecords):
    """The OAuth 1.0a part of ``DjangoStore``; ``Store`` describes each method."""

    @repeated
    def use_nonce(self, nonce_hash: bytes, expires_at: int) -> bool:
        with self._transactions.writing():
            try:
                # Within a transaction, a savepoint: a refused INSERT must not fail all of it.
                with transaction.atomic(self._transactions.using):
                    self._all(models.Nonce).create(nonce_hash=nonce_hash, expires_at=expires_at)
            except IntegrityError:
                return False
        return True

    def save_temporary_credentials(self, credentials: TemporaryCredentials) -> None:
        self._insert(_temporary, credentials)

    def temporary_credentials(self, token_hash: bytes) -> TemporaryCredentials | None:
        return self._find(_temporary, token_hash=token_hash)

    def answer_temporary_credentials(
        self, token_hash: bytes, user_id: str, verifier_hash: bytes | None, now: int
    ) -> bool:
        answer = {"user_id": user_id, "verifier_hash": verifier_hash}
        pending = {"token_hash": token_hash, "user_id__isnull": True, "expires_at__gt": now}
        changed = self._update(models.TemporaryCredentials, answer, ACTIVE_CONSUMER, **pending)
        return changed == 1

    @repeated
    def claim_temporary_credentials(
        self, token_hash: bytes, consumer_key: str, verifier_hash: bytes, now: int
    ) -> TemporaryCredentials | None:
        claim = {
            "token_hash": token_hash,
            "consumer_id": consumer_key,
            "verifier_hash": verifier_hash,
            "expires_at__gt": now,
        }
        with self._transactions.joined():
            claimed = self._find(_temporary, ACTIVE_USER, ACTIVE_CONSUMER, lock=True, **claim)
            if claimed is not None:
                self._delete(models.TemporaryCredentials, token_hash=token_hash)
            return claimed

    def save_token_credentials(self, credentials: TokenCredentials) -> None:
        self._insert(_token, credentials)

    def token_credentials(self, token_hash: bytes) -> TokenCredentials | None:
        return self._find(_token, ACTIVE_USER, ACTIVE_CONSUMER, token_hash=token_hash)
