"""What a client may request: grant types, scopes and resources."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NoReturn

from oauthlib.oauth2.rfc6749.errors import (
    CustomOAuth2Error,
    InvalidScopeError,
    UnauthorizedClientError,
)

from shared_validator.context import Context
from shared_validator.settings import Settings
from shared_validator.store import Client, Store
from shared_validator.validators.client_authentication import authenticate
from shared_validator.validators.protocol_request import ProtocolRequest

OFFLINE_ACCESS = "offline_access"
"""The scope with which an OpenID client asks for a refresh token (OpenID Connect Core §11)."""

USER_SCOPES = frozenset({"openid", "profile", "email", OFFLINE_ACCESS})
"""The scopes that are about a user."""


def client_for(grant_type: str, asked: ProtocolRequest, store: Store) -> Client:
    """Return the authenticated client of a request, which must be registered for a grant type.

    Raises:
        OAuth2Error: ``invalid_client``, or ``unauthorized_client`` (RFC 6749 §5.2).
    """
    client = authenticate(asked, store)
    if grant_type not in client.grant_types:
        raise UnauthorizedClientError
    return client


def allowed_scope(
    context: Context,
    client: Client,
    asked: Sequence[str],
    *,
    excluded: Collection[str] = (),
) -> tuple[str, ...]:
    """Return the scope that a client requests, or all of its scopes (RFC 6749 §3.3).

    A client that is not registered for refresh tokens cannot have ``offline_access``.

    Args:
        context: has the scopes that exist.
        client: has the scopes that it registered.
        asked: the scope of the request; empty if it names none.
        excluded: scopes that this request may not have.

    Raises:
        InvalidScopeError: a scope is unknown, not registered or excluded, or none remains. In an
            OpenID request (with ``openid``), such scopes are left out, and only none remaining is
            an error.
    """
    if "refresh_token" not in client.grant_types:
        excluded = (*excluded, OFFLINE_ACCESS)
    known = [name for name in client.scope if name in context.scopes]
    available = [name for name in known if name not in excluded]
    # An OpenID request may have scopes that mean nothing here (OpenID Connect Core §3.1.2.1).
    if "openid" in asked and "openid" not in excluded:
        asked = [name for name in asked if name in available]
        if not asked:
            raise InvalidScopeError
    scope = tuple(asked or available)
    if not scope or not set(scope) <= set(available):
        raise InvalidScopeError
    return scope


def scope_left(context: Context, client: Client, granted: Sequence[str]) -> tuple[str, ...]:
    """Return the part of a granted scope that the client may have now (RFC 6749 §3.3, §6).

    Args:
        context: has the scopes that exist.
        client: has the scopes that it has registered now.
        granted: the scope that the user or the server granted.
    """
    return tuple(name for name in granted if name in client.scope and name in context.scopes)


def require_scope_left(context: Context, client: Client, granted: Sequence[str]) -> tuple[str, ...]:
    """Return ``scope_left``. Raises ``InvalidScopeError`` if nothing is left."""
    left = scope_left(context, client, granted)
    if not left:
        raise InvalidScopeError
    return left


def audience_of_new_grant(settings: Settings, requested: tuple[str, ...]) -> tuple[str, ...]:
    """Return the resources of a new grant (RFC 8707 §2): those requested, or this server's API.

    Raises:
        CustomOAuth2Error: ``invalid_target``: this server issues no tokens for one of them.
    """
    _check_targets(requested, (settings.issuer, *settings.resources))
    return requested or (settings.issuer,)


def audience_within(
    granted: tuple[str, ...],
    settings: Settings,
    requested: tuple[str, ...],
) -> tuple[str, ...]:
    """Return the resources of one token (RFC 8707 §2.2): those requested, or all of its grant.

    Resources that the operator has removed meanwhile are no longer part of the grant.

    Raises:
        CustomOAuth2Error: ``invalid_target``: one of them is not part of the grant, or none is.
    """
    known = (settings.issuer, *settings.resources)
    covered = tuple(name for name in granted or (settings.issuer,) if name in known)
    if not covered:
        _refuse_target()
    _check_targets(requested, covered)
    return requested or covered


def _check_targets(requested: tuple[str, ...], covered: tuple[str, ...]) -> None:
    if not set(requested) <= set(covered):
        _refuse_target()


def _refuse_target() -> NoReturn:
    description = "The resource is unknown here, or was not granted."
    raise CustomOAuth2Error("invalid_target", description=description)
