"""Codes, tokens and device codes on the Django ORM."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.db.models import F, QuerySet

from shared_validator.store.django import models
from shared_validator.store.django.active import ACTIVE_CLIENT, ACTIVE_OR_NO_USER, ACTIVE_USER
from shared_validator.store.django.rows import DjangoRecords, Rows
from shared_validator.store.django.transactions import repeated
from shared_validator.store.oauth2 import limited
from shared_validator.store.records import AccessToken, AuthorizationCode, DeviceCode, RefreshToken

_codes = Rows(AuthorizationCode, models.AuthorizationCode)
_access_tokens = Rows(AccessToken, models.AccessToken)
_refresh_tokens = Rows(RefreshToken, models.RefreshToken)
_device_codes = Rows(DeviceCode, models.DeviceCode)
_ACTIVE = (ACTIVE_USER, ACTIVE_CLIENT)


@cache
def _with_registration() -> QuerySet[Any]:
    """Return all access tokens of enabled clients, as tuples that end with what limits each."""
    rows = _access_tokens.selected_with("client__scope", "client__grant_types")
    return rows.filter(client__disabled=False)


class OAuth2Records(DjangoRecords):
    """The OAuth 2 part of ``DjangoStore``; ``Store`` describes each method.

    A step that claims is one UPDATE, whose conditions are true for one caller only. The caller that
    changed the row then reads it.

    A revoked token's row is deleted. Claimed codes and rotated refresh tokens stay, so that their
    reuse is recognised: a code for a day after it expires (``batches``), a refresh token until it
    expires.
    """

    def save_code(self, code: AuthorizationCode) -> None:
        self._insert(_codes, code)

    def claim_code(self, code_hash: bytes, client_id: str, now: int) -> AuthorizationCode | None:
        claim = {
            "code_hash": code_hash,
            "client_id": client_id,
            "claimed_at__isnull": True,
            "expires_at__gt": now,
        }
        claimed = self._update(models.AuthorizationCode, {"claimed_at": now}, *_ACTIVE, **claim)
        return self._find(_codes, code_hash=code_hash) if claimed else None

    def code_grant(self, code_hash: bytes, client_id: str) -> bytes | None:
        code = self._find(
            _codes, code_hash=code_hash, client_id=client_id, claimed_at__isnull=False
        )
        return code.grant_id if code else None

    def save_access_token(self, token: AccessToken) -> None:
        self._insert(_access_tokens, token)

    @repeated
    def access_token(
        self, token_hash: bytes, *, include_disabled: bool = False
    ) -> AccessToken | None:
        if include_disabled:
            return self._find(_access_tokens, token_hash=token_hash)
        token_rows = _with_registration().using(self._transactions.using)
        with self._transactions.reading():
            found = list(token_rows.filter(ACTIVE_OR_NO_USER, token_hash=token_hash))
        if not found:
            return None
        *token, scope, grant_types = found[0]
        return limited(_access_tokens.record(token), scope, grant_types)

    def save_refresh_token(self, token: RefreshToken) -> None:
        self._insert(_refresh_tokens, token)

    def rotate_refresh_token(
        self, token_hash: bytes, client_id: str, now: int
    ) -> RefreshToken | None:
        use = {
            "token_hash": token_hash,
            "client_id": client_id,
            "rotated_at__isnull": True,
            "expires_at__gt": now,
        }
        used = self._update(models.RefreshToken, {"rotated_at": now}, *_ACTIVE, **use)
        return self.refresh_token(token_hash) if used else None

    def refresh_token(
        self, token_hash: bytes, *, include_disabled: bool = False
    ) -> RefreshToken | None:
        conditions = () if include_disabled else _ACTIVE
        return self._find(_refresh_tokens, *conditions, token_hash=token_hash)

    def successor(self, token_hash: bytes) -> RefreshToken | None:
        # A family is small and already has an index. Another one for this rare query would make
        # every refresh more expensive.
        family = self._all(models.RefreshToken).filter(token_hash=token_hash).values("grant_id")
        return self._find(
            _refresh_tokens, *_ACTIVE, grant_id__in=family, predecessor_hash=token_hash
        )

    def revoke_access_token(self, token_hash: bytes) -> None:
        self._delete(models.AccessToken, token_hash=token_hash)

    @repeated
    def revoke_grant(self, grant_id: bytes) -> None:
        with self._transactions.joined():
            # On PostgreSQL the DELETE waits for a refresh in progress, but only the next DELETE
            # sees the token that it adds.
            while self._delete(models.RefreshToken, grant_id=grant_id):
                pass
            self._delete(models.AccessToken, grant_id=grant_id)

    def save_device_code(self, code: DeviceCode) -> None:
        self._insert(_device_codes, code)

    def device_code_by_user_code(self, user_code_hash: bytes, now: int) -> DeviceCode | None:
        return self._find(
            _device_codes, ACTIVE_CLIENT, user_code_hash=user_code_hash, expires_at__gt=now
        )

    def answer_device_code(
        self, user_code_hash: bytes, user_id: str, auth_time: int, approved: bool, now: int
    ) -> bool:
        answer = {
            "status": "approved" if approved else "denied",
            "user_id": user_id,
            "auth_time": auth_time,
        }
        pending = {"user_code_hash": user_code_hash, "status": "pending", "expires_at__gt": now}
        return self._update(models.DeviceCode, answer, ACTIVE_CLIENT, **pending) == 1

    def claim_device_code(
        self, device_code_hash: bytes, client_id: str, now: int
    ) -> DeviceCode | None:
        claim = {
            "device_code_hash": device_code_hash,
            "client_id": client_id,
            "status": "approved",
            "expires_at__gt": now,
        }
        claimed = self._update(models.DeviceCode, {"status": "claimed"}, *_ACTIVE, **claim)
        return self._find(_device_codes, device_code_hash=device_code_hash) if claimed else None

    @repeated
    def poll_device_code(
        self, device_code_hash: bytes, client_id: str, now: int
    ) -> DeviceCode | None:
        with self._transactions.joined():
            before = self._find(
                _device_codes, lock=True, device_code_hash=device_code_hash, client_id=client_id
            )
            if before is not None:
                self._update(
                    models.DeviceCode, {"polled_at": now}, device_code_hash=device_code_hash
                )
            return before

    def slow_down_device_code(self, device_code_hash: bytes, seconds: int) -> None:
        self._update(
            models.DeviceCode,
            {"interval": F("interval") + seconds},
            device_code_hash=device_code_hash,
        )
