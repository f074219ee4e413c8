"""Codes, tokens and device codes in SQL."""

from __future__ import annotations

from sqlalchemy import bindparam, delete, or_, select, update

from shared_validator.store.oauth2 import limited
from shared_validator.store.records import AccessToken, AuthorizationCode, DeviceCode, RefreshToken
from shared_validator.store.sql import schema
from shared_validator.store.sql.records import SQLRecords, active_client, active_user
from shared_validator.store.sql.rows import Rows

_NOW = bindparam("now", type_=schema.Time)

_codes = Rows(AuthorizationCode, schema.codes)
_access_tokens = Rows(AccessToken, schema.access_tokens)
_refresh_tokens = Rows(RefreshToken, schema.refresh_tokens)
_device_codes = Rows(DeviceCode, schema.device_codes)

_code, _access, _refresh, _device = (
    schema.codes.c,
    schema.access_tokens.c,
    schema.refresh_tokens.c,
    schema.device_codes.c,
)

# In an UPDATE, SQLAlchemy treats a parameter with a column's name as a value to set. Parameters of
# conditions are therefore named "of_…".
_CLAIM_CODE = (
    update(schema.codes)
    .values(claimed_at=_NOW)
    .where(
        _code.code_hash == bindparam("of_code"),
        _code.client_id == bindparam("of_client"),
        _code.claimed_at.is_(None),
        _code.expires_at > _NOW,
        active_user(_code.user_id),
        active_client(_code.client_id),
    )
    .returning(*_codes.columns)
)
_CODE_GRANT = select(_code.grant_id).where(
    _code.code_hash == bindparam("code_hash"),
    _code.client_id == bindparam("client_id"),
    _code.claimed_at.is_not(None),
)
# With the registration of its client, which limits it.
_ACCESS_TOKEN = (
    select(*_access_tokens.columns, schema.clients.c.scope, schema.clients.c.grant_types)
    .join(schema.clients, schema.clients.c.client_id == _access.client_id)
    .where(
        _access.token_hash == bindparam("token_hash"),
        or_(_access.user_id.is_(None), active_user(_access.user_id)),
        ~schema.clients.c.disabled,
    )
)
_ISSUED_ACCESS_TOKEN = _access_tokens.select(_access.token_hash == bindparam("token_hash"))
_ISSUED_REFRESH_TOKEN = _refresh_tokens.select(_refresh.token_hash == bindparam("token_hash"))
_REVOKE_ACCESS_TOKEN = delete(schema.access_tokens).where(
    _access.token_hash == bindparam("token_hash")
)
_ROTATE = (
    update(schema.refresh_tokens)
    .values(rotated_at=_NOW)
    .where(
        _refresh.token_hash == bindparam("of_token"),
        _refresh.client_id == bindparam("of_client"),
        _refresh.rotated_at.is_(None),
        _refresh.expires_at > _NOW,
        active_user(_refresh.user_id),
        active_client(_refresh.client_id),
    )
    .returning(*_refresh_tokens.columns)
)
_REFRESH_TOKEN = _refresh_tokens.select(
    _refresh.token_hash == bindparam("token_hash"),
    active_user(_refresh.user_id),
    active_client(_refresh.client_id),
)
# A family is small and already has an index. Another one for this rare query would make every
# refresh more expensive.
_SUCCESSOR = _refresh_tokens.select(
    _refresh.grant_id
    == select(_refresh.grant_id)
    .where(_refresh.token_hash == bindparam("token_hash"))
    .scalar_subquery(),
    _refresh.predecessor_hash == bindparam("token_hash"),
    active_user(_refresh.user_id),
    active_client(_refresh.client_id),
)
_REVOKE_GRANT_REFRESH = delete(schema.refresh_tokens).where(
    _refresh.grant_id == bindparam("grant_id")
)
_REVOKE_GRANT_ACCESS = delete(schema.access_tokens).where(_access.grant_id == bindparam("grant_id"))

_DEVICE_BY_USER_CODE = _device_codes.select(
    _device.user_code_hash == bindparam("user_code_hash"),
    _device.expires_at > _NOW,
    active_client(_device.client_id),
)
_ANSWER_DEVICE = (
    update(schema.device_codes)
    .values(
        status=bindparam("answer"),
        user_id=bindparam("answered_by"),
        auth_time=bindparam("signed_in_at"),
    )
    .where(
        _device.user_code_hash == bindparam("of_user_code"),
        _device.status == "pending",
        _device.expires_at > _NOW,
        active_client(_device.client_id),
    )
)
_OF_DEVICE = (
    _device.device_code_hash == bindparam("of_device"),
    _device.client_id == bindparam("of_client"),
)
_CLAIM_DEVICE = (
    update(schema.device_codes)
    .values(status="claimed")
    .where(
        *_OF_DEVICE,
        _device.status == "approved",
        _device.expires_at > _NOW,
        active_user(_device.user_id),
        active_client(_device.client_id),
    )
    .returning(*_device_codes.columns)
)
# In SQL, values on the right are those before the update.
_POLL_DEVICE = (
    update(schema.device_codes)
    .values(previous_polled_at=_device.polled_at, polled_at=_NOW)
    .where(*_OF_DEVICE)
    .returning(
        *(
            _device.previous_polled_at if column.name == "polled_at" else column
            for column in _device_codes.columns
        )
    )
)
_SLOW_DOWN_DEVICE = (
    update(schema.device_codes)
    .values(interval=_device.interval + bindparam("seconds"))
    .where(_device.device_code_hash == bindparam("of_device"))
)


class OAuth2Records(SQLRecords):
    """The OAuth 2 part of ``SQLStore``; ``Store`` describes each method.

    A revoked token's row is deleted, so that a lookup needs one row of one table. Claimed codes and
    rotated refresh tokens stay, so that their reuse is recognised: a code for a day after it
    expires (``batches``), a refresh token until it expires.
    """

    def save_code(self, code: AuthorizationCode) -> None:
        self._save(_codes.insert, _codes, code)

    def claim_code(self, code_hash: bytes, client_id: str, now: int) -> AuthorizationCode | None:
        return self._record(_codes, _CLAIM_CODE, of_code=code_hash, of_client=client_id, now=now)

    def code_grant(self, code_hash: bytes, client_id: str) -> bytes | None:
        grant_id: bytes | None = self._value(_CODE_GRANT, code_hash=code_hash, client_id=client_id)
        return grant_id

    def save_access_token(self, token: AccessToken) -> None:
        self._save(_access_tokens.insert, _access_tokens, token)

    def access_token(
        self, token_hash: bytes, *, include_disabled: bool = False
    ) -> AccessToken | None:
        if include_disabled:
            return self._record(_access_tokens, _ISSUED_ACCESS_TOKEN, token_hash=token_hash)
        found = self._rows(_ACCESS_TOKEN, token_hash=token_hash)
        if not found:
            return None
        *token, scope, grant_types = found[0]
        return limited(_access_tokens.record(token), scope, grant_types)

    def save_refresh_token(self, token: RefreshToken) -> None:
        self._save(_refresh_tokens.insert, _refresh_tokens, token)

    def rotate_refresh_token(
        self, token_hash: bytes, client_id: str, now: int
    ) -> RefreshToken | None:
        return self._record(
            _refresh_tokens, _ROTATE, of_token=token_hash, of_client=client_id, now=now
        )

    def refresh_token(
        self, token_hash: bytes, *, include_disabled: bool = False
    ) -> RefreshToken | None:
        statement = _ISSUED_REFRESH_TOKEN if include_disabled else _REFRESH_TOKEN
        return self._record(_refresh_tokens, statement, token_hash=token_hash)

    def successor(self, token_hash: bytes) -> RefreshToken | None:
        return self._record(_refresh_tokens, _SUCCESSOR, token_hash=token_hash)

    def revoke_access_token(self, token_hash: bytes) -> None:
        self._changed(_REVOKE_ACCESS_TOKEN, token_hash=token_hash)

    def revoke_grant(self, grant_id: bytes) -> None:
        def revoke() -> None:
            # On PostgreSQL the DELETE waits for a refresh in progress, but only the next DELETE
            # sees the token that it adds.
            while self._changed(_REVOKE_GRANT_REFRESH, grant_id=grant_id):
                pass
            self._changed(_REVOKE_GRANT_ACCESS, grant_id=grant_id)

        self._connections.joined(revoke)

    def save_device_code(self, code: DeviceCode) -> None:
        self._save(_device_codes.insert, _device_codes, code)

    def device_code_by_user_code(self, user_code_hash: bytes, now: int) -> DeviceCode | None:
        return self._record(
            _device_codes, _DEVICE_BY_USER_CODE, user_code_hash=user_code_hash, now=now
        )

    def answer_device_code(
        self, user_code_hash: bytes, user_id: str, auth_time: int, approved: bool, now: int
    ) -> bool:
        parameters = {
            "answer": "approved" if approved else "denied",
            "answered_by": user_id,
            "signed_in_at": auth_time,
        }
        return (
            self._changed(_ANSWER_DEVICE, of_user_code=user_code_hash, now=now, **parameters) == 1
        )

    def claim_device_code(
        self, device_code_hash: bytes, client_id: str, now: int
    ) -> DeviceCode | None:
        return self._record(
            _device_codes, _CLAIM_DEVICE, of_device=device_code_hash, of_client=client_id, now=now
        )

    def poll_device_code(
        self, device_code_hash: bytes, client_id: str, now: int
    ) -> DeviceCode | None:
        return self._record(
            _device_codes, _POLL_DEVICE, of_device=device_code_hash, of_client=client_id, now=now
        )

    def slow_down_device_code(self, device_code_hash: bytes, seconds: int) -> None:
        self._changed(_SLOW_DOWN_DEVICE, of_device=device_code_hash, seconds=seconds)
