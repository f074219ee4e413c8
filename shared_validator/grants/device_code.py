"""The device authorization grant (RFC 8628 §3.4): a device polls until the user has answered."""

from __future__ import annotations

from typing import NoReturn

from oauthlib.oauth2.rfc6749.errors import InvalidGrantError, InvalidRequestError
from oauthlib.oauth2.rfc8628.errors import (
    AccessDenied,
    AuthorizationPendingError,
    ExpiredTokenError,
    SlowDownError,
)

from shared_validator.context import Context
from shared_validator.grants import DEVICE_GRANT, Grant, Issue
from shared_validator.grants.limits import audience_within, client_for, require_scope_left
from shared_validator.store import Client, DeviceCode
from shared_validator.validators.protocol_request import ProtocolRequest
from shared_validator.vault import digest

_SLOW_DOWN_SECONDS = 5


def exchange(context: Context, asked: ProtocolRequest, issue: Issue) -> str:
    """Exchange a device code that the user has approved for tokens.

    Raises:
        OAuth2Error: the request is refused, or the user has not answered (RFC 8628 §3.5).
    """
    store = context.store
    client = client_for(DEVICE_GRANT, asked, store)
    if asked.device_code is None:
        raise InvalidRequestError("Missing device_code parameter.")
    code_hash = digest(asked.device_code)

    # Only one of several simultaneous requests claims the code. An error undoes the claim.
    def claim() -> str | None:
        record = store.claim_device_code(code_hash, client.client_id, context.now())
        return None if record is None else issue(_granted(context, asked, client, record))

    answer = store.transact(claim)
    if answer is not None:
        return answer
    return _poll(context, code_hash, client)


def _granted(
    context: Context,
    asked: ProtocolRequest,
    client: Client,
    record: DeviceCode,
) -> Grant:
    audience = audience_within(record.resource, context.settings, asked.resources)
    # The client's registered scope may have changed while the user decided.
    scope = require_scope_left(context, client, record.scope)
    return Grant.from_record(client, record, scope=scope, audience=audience)


def _poll(context: Context, code_hash: bytes, client: Client) -> NoReturn:
    """Refuse a device that gets no tokens, or no tokens yet, with the reason (RFC 8628 §3.5)."""
    now = context.now()
    record = context.store.poll_device_code(code_hash, client.client_id, now)
    if record is None or record.status == "claimed":
        raise InvalidGrantError
    if record.status == "denied":
        raise AccessDenied
    if record.expires_at <= now:
        raise ExpiredTokenError
    if now - record.polled_at < record.interval:
        context.store.slow_down_device_code(code_hash, _SLOW_DOWN_SECONDS)
        raise SlowDownError
    raise AuthorizationPendingError
