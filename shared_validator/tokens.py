"""Signing and verifying tokens: JWT access tokens and ID tokens."""

from __future__ import annotations

import base64
import hashlib
import uuid
from collections.abc import Mapping
from typing import Any

from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import GuestProtocol, Key

from shared_validator.context import Context
from shared_validator.keys import ALGORITHMS, KeyRing
from shared_validator.vault import digest

ACCESS_TOKEN_ALGORITHM = "ES256"
ACCESS_TOKEN_TYPE = "at+jwt"

REMEMBERED_TOKENS = 1000
"""How many verified tokens a process remembers."""


def half_hash(value: str) -> str:
    """Return the left half of the SHA-256 digest, for ``at_hash`` (OpenID Connect Core §3.1.3.6).

    RS256 and ES256 both require SHA-256.
    """
    return (
        base64.urlsafe_b64encode(hashlib.sha256(value.encode()).digest()[:16]).decode().rstrip("=")
    )


class TokenSigner:
    """Signs and verifies with a provider's keys."""

    def __init__(self, context: Context, keys: KeyRing) -> None:
        self._context = context
        self._keys = keys
        self._verified: dict[bytes, jwt.Token] = {}

    def create_keys(self) -> None:
        """Read the signing keys, and create the first ones if there are none."""
        self._keys.create()

    def access_token(
        self,
        *,
        client_id: str,
        user_id: str | None,
        scope: tuple[str, ...],
        audience: tuple[str, ...],
        auth_time: int | None,
    ) -> str:
        """Return a JWT access token (RFC 9068 §2.2). Without a user the subject is the client (§2.2, ``sub``)."""
        now = self._context.now()
        claims: dict[str, Any] = {
            "iss": self._context.settings.issuer,
            "sub": user_id or client_id,
            "aud": list(audience),
            "client_id": client_id,
            "scope": " ".join(scope),
            "iat": now,
            "exp": now + self._context.settings.access_token_seconds,
            "jti": uuid.uuid4().hex,
        }
        if auth_time:
            claims["auth_time"] = auth_time
        return self._sign(ACCESS_TOKEN_ALGORITHM, ACCESS_TOKEN_TYPE, claims)

    def id_token(
        self,
        *,
        client_id: str,
        user_id: str,
        auth_time: int,
        nonce: str | None,
        access_token: str,
        algorithm: str,
    ) -> str:
        """Return an ID token (OpenID Connect Core §2), bound to its access token by ``at_hash``."""
        now = self._context.now()
        claims: dict[str, Any] = {
            "iss": self._context.settings.issuer,
            "sub": user_id,
            "aud": client_id,
            "iat": now,
            "exp": now + self._context.settings.id_token_seconds,
            "auth_time": auth_time,
            "at_hash": half_hash(access_token),
        }
        if nonce is not None:
            claims["nonce"] = nonce
        return self._sign(algorithm, "JWT", claims)

    def _sign(self, algorithm: str, token_type: str, claims: dict[str, Any]) -> str:
        key = self._keys.current(algorithm)  # ``create_keys`` has just read them
        return jwt.encode({"alg": algorithm, "typ": token_type, "kid": key.kid}, claims, key)

    def verify_access_token(self, token: str) -> Mapping[str, Any] | None:
        """Return the claims of a valid JWT access token, whatever its audience (RFC 9068 §4).

        It is ``None`` if the token is not from this issuer or has expired.
        """
        verified = self._verify(token)
        if verified is None or verified.header.get("typ") != ACCESS_TOKEN_TYPE:
            return None
        claims: dict[str, Any] = verified.claims
        return claims if claims["exp"] > self._context.now() else None

    def verify_id_token_hint(self, token: str) -> Mapping[str, Any] | None:
        """Return the claims of an ID token from this issuer, expired or not, or ``None``.

        See RP-Initiated Logout 1.0 §4.
        """
        verified = self._verify(token)
        return None if verified is None or verified.header.get("typ") != "JWT" else verified.claims

    def _verify(self, token: str) -> jwt.Token | None:
        # A client sends the same token with each request, and checking its signature takes longer
        # than the rest of an API request. What can change is checked each time: callers check the
        # time, and this method checks that the key is still published.
        token_hash = digest(token)
        verified = self._verified.get(token_hash)
        if verified is not None and self._keys.find(verified.header["kid"]):
            return verified
        try:
            verified = jwt.decode(token, self._key, algorithms=list(ALGORITHMS))
        except (JoseError, ValueError):
            return None
        if verified.claims.get("iss") != self._context.settings.issuer:
            return None
        if len(self._verified) >= REMEMBERED_TOKENS:
            self._verified.clear()
        self._verified[token_hash] = verified
        return verified

    def _key(self, token: GuestProtocol) -> Key:
        # The library refuses a token whose algorithm does not match the type of its key (RSA, EC).
        key = self._keys.find(str(token.headers().get("kid")))
        if key is None:
            raise InvalidKeyIdError("unknown kid")
        return key
