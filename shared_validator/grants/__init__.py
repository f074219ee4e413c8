"""The grants of OAuth 2.1, one module each: a token request checked from top to bottom."""

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
    """What a token request may have. The token endpoint makes tokens of it, and decides no more.

    Args:
        client: the client that asks, authenticated.
        user_id: the user it acts for; ``None`` for a client that acts for itself (RFC 6749 §4.4).
        scope: the scope of the access token.
        audience: the resources that the access token is for (RFC 8707 §2).
        grant_id: joins all that is issued from one authorization, to be revoked together.
        auth_time: when the user last signed in, in seconds since 1970; 0 without a user.
        granted_scope: what was granted at first, which a refresh token keeps (RFC 6749 §6).
        granted_resource: the same for the resources.
        nonce: what the ID token repeats (OpenID Connect Core §3.1.2.1).
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
        """Return the grant that a record holds, which the client has just used up."""
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
"""Makes tokens for a grant, saves them and returns the encoded answer (RFC 6749 §5.1)."""


def new_grant_id() -> bytes:
    """Return the identifier that joins all that is issued from one authorization."""
    return secrets.token_bytes(16)
