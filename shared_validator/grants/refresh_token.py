"""The refresh token grant (RFC 6749 §6). Each token is valid for one use (RFC 9700 §4.14.2)."""

from __future__ import annotations

import json

from oauthlib.oauth2.rfc6749.errors import (
    InvalidGrantError,
    InvalidRequestError,
    InvalidScopeError,
)
from oauthlib.oauth2.rfc6749.utils import scope_to_list

from shared_validator import events
from shared_validator.context import Context
from shared_validator.events import because
from shared_validator.grants import Grant, Issue
from shared_validator.grants.limits import audience_within, client_for, require_scope_left
from shared_validator.store import Client, RefreshToken
from shared_validator.validators.protocol_request import ProtocolRequest
from shared_validator.vault import VaultError, digest

ANSWER = "refresh answer"
"""The vault's purpose for a response that may be repeated within the grace period."""


def sealed_answer(context: Context, row: bytes, asked_with: bytes, answer: str) -> bytes:
    """Return a response, encrypted, that only the token of the request can get again.

    Args:
        context: has the vault.
        row: the hash of the new refresh token, whose row the response is in.
        asked_with: the hash of the refresh token that was used.
        answer: the response.
    """
    return context.vault.seal(ANSWER, row, asked_with + answer.encode())


def exchange(context: Context, asked: ProtocolRequest, issue: Issue) -> str:
    """Exchange a refresh token for new tokens, including the next refresh token.

    Raises:
        OAuth2Error: the request is refused (RFC 6749 §5.2).
    """
    if asked.refresh_token is None:
        raise InvalidRequestError("Missing refresh token parameter.")
    store = context.store
    client = client_for("refresh_token", asked, store)
    token_hash = digest(asked.refresh_token)

    # Only one of several simultaneous requests rotates the token. An error undoes the
    # rotation, so a refused request does not use up the token.
    def claim() -> str | None:
        record = store.rotate_refresh_token(token_hash, client.client_id, context.now())
        return None if record is None else issue(_granted(context, asked, client, record))

    answer = store.transact(claim)
    if answer is not None:
        return answer
    return _second_use(context, token_hash, client)


def _granted(
    context: Context,
    asked: ProtocolRequest,
    client: Client,
    record: RefreshToken,
) -> Grant:
    audience = audience_within(record.resource, context.settings, asked.resources)
    # The client's registered scope may have changed since the user agreed.
    granted = require_scope_left(context, client, record.scope)
    scope = tuple(scope_to_list(asked.scope) or granted)
    # An OpenID client may repeat the scope of its first request. What means nothing here was left
    # out of it (OpenID Connect Core §3.1.2.1), and is left out again.
    if "openid" in scope and "openid" in granted:
        scope = tuple(name for name in scope if name in granted or name in context.scopes)
    if not set(scope) <= set(granted):
        raise InvalidScopeError
    return Grant.from_record(
        client,
        record,
        scope=scope,
        audience=audience,
        predecessor=record,
    )


def _second_use(context: Context, token_hash: bytes, client: Client) -> str:
    """Repeat the response within the grace period, else revoke the family (RFC 9700 §4.14.2)."""
    store = context.store
    # Of a disabled user too: a theft ends the family before the user is enabled again.
    record = store.refresh_token(token_hash, include_disabled=True)
    if record is None or record.client_id != client.client_id:
        raise because(InvalidGrantError(), "the refresh token is unknown or another client's")
    if record.rotated_at is None:
        raise because(InvalidGrantError(), "it has expired, or its user is disabled")
    # The grace is for a client that lost the response. It has not lost it if it used the successor.
    # A clock that was set back (a negative time) lengthens no grace.
    if 0 <= context.now() - record.rotated_at < context.settings.refresh_grace_seconds:
        successor = store.successor(token_hash)
        if successor and successor.rotated_at is None and successor.sealed_answer:
            answer = json.loads(
                _answer(context, successor.token_hash, successor.sealed_answer, token_hash)
            )
            left = require_scope_left(context, client, answer["scope"].split())
            return json.dumps(answer | {"scope": " ".join(left)})
    store.revoke_grant(record.grant_id)
    events.report("refresh_token_reused", client_id=client.client_id, user=record.user_id)
    raise because(InvalidGrantError(), "the refresh token was used before")


def _answer(context: Context, row: bytes, sealed: bytes, asked_with: bytes) -> str:
    answer = context.vault.open(ANSWER, row, sealed)
    # Columns of the row that say whose it is could be changed in the database, too.
    if not answer.startswith(asked_with):
        raise VaultError("a sealed refresh answer was moved to another refresh token")
    return answer.removeprefix(asked_with).decode()
