"""The grants of OAuth 2.1, one module each. Each checks a token request from top to bottom."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from shared_validator.store import AuthorizationCode, Client, DeviceCode, RefreshToken

DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
GRANT_TYPES = (
    "authorization_code",
    "client_credentials",
    "refresh_token",
    DEVICE_GRANT,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """The result of a valid token request, for which the token endpoint just issues tokens.

    Args:
        client: the authenticated client.
        user_id: the user it acts for; ``None`` for a client that acts for itself (RFC 6749 §4.4).
        scope: the scope of the access token.
        audience: the resources that the access token is for (RFC 8707 §2).
        grant_id: connects everything issued from one authorization, to revoke it together.
        auth_time: when the user last signed in, in seconds since 1970; 0 without a user.
        granted_scope: the originally granted scope, which a refresh token keeps (RFC 6749 §6).
        granted_resource: the originally granted resources.
        nonce: the nonce to repeat in the ID token (OpenID Connect Core §3.1.2.1).
        predecessor: the refresh token that was used up for this one (RFC 9700 §4.14.2).
    """

    client: Client
    user_id: str | None
    scope: tuple[str, ...]
    audience: tuple[str, ...]
    grant_id: bytes
    auth_time: int
    granted_scope: tuple[str, ...]
    granted_resource: tuple[str, ...]
    nonce: str | None = None
    predecessor: RefreshToken | None = None

    @classmethod
    def from_record(
        cls,
        client: Client,
        record: AuthorizationCode | RefreshToken | DeviceCode,
        *,
        scope: tuple[str, ...],
        audience: tuple[str, ...],
        nonce: str | None = None,
        predecessor: RefreshToken | None = None,
    ) -> Grant:
        """Return the grant of a record that the client has just used up."""
        return cls(
            client=client,
            user_id=record.user_id,
            scope=scope,
            audience=audience,
            grant_id=record.grant_id,
            auth_time=record.auth_time,
            granted_scope=record.scope,
            granted_resource=record.resource,
            nonce=nonce,
            predecessor=predecessor,
        )


Issue = Callable[[Grant], str]
"""Issues tokens for a grant, saves them and returns the encoded response (RFC 6749 §5.1)."""


def new_grant_id() -> bytes:
    """Return a new identifier to connect everything issued from one authorization."""
    return secrets.token_bytes(16)
