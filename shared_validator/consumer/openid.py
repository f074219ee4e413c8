"""OpenID Connect: OAuth 2, plus a signed statement about the user (OpenID Connect Core §3.1)."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from typing import Any

from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet, OctKey
from oauthlib.common import add_params_to_uri

from shared_validator.consumer.claims import by_meaning, with_userinfo
from shared_validator.consumer.errors import EXPIRED, FROM_THE_FUTURE, UNVERIFIED, ConsumerError
from shared_validator.consumer.metadata import Metadata, endpoint
from shared_validator.consumer.oauth2 import OAuth2
from shared_validator.consumer.providers import SYMMETRIC, ProviderConfiguration
from shared_validator.consumer.records import Attempt, Tokens
from shared_validator.consumer.steps import Flow
from shared_validator.pages import gettext

ALGORITHMS = ("RS256", "ES256")
"""Signatures that need the provider's private key.

With HS256, anyone who knows the public key could sign; with ``none``, anyone at all. A provider that
signs with another algorithm needs the key ``id_token_signed_response_alg``.
"""

LEEWAY_SECONDS = 60

_ABOUT_THE_SIGN_IN = {
    "iss",
    "aud",
    "azp",
    "exp",
    "iat",
    "nbf",
    "nonce",
    "at_hash",
    "c_hash",
    "jti",
    "sid",
    "auth_time",
    "acr",
    "amr",
}


class OpenID(OAuth2):
    """Signing in at an OpenID provider."""

    def _more_parameters(self, attempt: Attempt) -> Mapping[str, str]:
        return {"nonce": attempt.nonce}

    def _identify(
        self, metadata: Metadata, tokens: Tokens, attempt: Attempt
    ) -> Flow[Mapping[str, Any]]:
        verified = yield from self._verified(metadata, tokens)
        stated = verified.claims
        check_claims(
            self._provider,
            stated,
            nonce=attempt.nonce,
            access_token=tokens.access_token,
            algorithm=verified.header["alg"],
            now=self._context.now(),
        )
        claims = {
            name: by_meaning(name, value)
            for name, value in stated.items()
            if name not in _ABOUT_THE_SIGN_IN and by_meaning(name, value) is not None
        }
        if self._provider.userinfo and metadata.get("userinfo_endpoint"):
            try:
                more = yield from self._userinfo(metadata, tokens)
            except ConsumerError as error:
                # The ID token has already proved who the user is.
                self._report("userinfo_unavailable", error.reason)
                return claims
            # Refuse another user's claims: an attacker could have swapped the access token
            # (OpenID Connect Core §5.3.2).
            if more["sub"] != claims["sub"]:
                raise ConsumerError(UNVERIFIED, "the userinfo_endpoint answers for another sub")
            return with_userinfo(claims, more)
        return claims

    def _verified(self, metadata: Metadata, tokens: Tokens) -> Flow[jwt.Token]:
        if tokens.id_token is None:
            raise ConsumerError(UNVERIFIED, "an answer without id_token")
        expected = self._provider.id_token_signed_response_alg
        algorithms = (expected,) if expected else ALGORITHMS
        if expected == SYMMETRIC:
            secret = OctKey.import_key(str(self._provider.client_secret))
            return _decoded(tokens.id_token, secret, algorithms)
        keys = yield from self._context.publications.keys(metadata)
        try:
            return _decoded(tokens.id_token, keys, algorithms)
        except InvalidKeyIdError:
            # The provider may have rotated its keys since they were fetched (OpenID Connect Core §10.1.1).
            keys = yield from self._context.publications.keys(metadata, refresh=True)
        try:
            return _decoded(tokens.id_token, keys, algorithms)
        except InvalidKeyIdError as error:
            raise ConsumerError(
                UNVERIFIED, "the ID token is signed with a key that the provider does not publish"
            ) from error

    def _logout_url(self, metadata: Metadata, tokens: Tokens) -> str | None:
        if not metadata.get("end_session_endpoint") or tokens.id_token is None:
            return None
        parameters = {
            "id_token_hint": tokens.id_token,
            "client_id": self._provider.client_id,
            "post_logout_redirect_uri": self._context.settings.url + "/",
        }
        return str(
            add_params_to_uri(endpoint(metadata, "end_session_endpoint"), list(parameters.items()))
        )


def _decoded(id_token: str, keys: KeySet | OctKey, algorithms: Sequence[str]) -> jwt.Token:
    try:
        return jwt.decode(id_token, keys, algorithms=list(algorithms))
    except InvalidKeyIdError:
        raise
    except (JoseError, ValueError, RecursionError) as error:
        raise ConsumerError(
            UNVERIFIED, f"the ID token does not verify: {type(error).__name__}"
        ) from error


def check_claims(
    provider: ProviderConfiguration,
    claims: Mapping[str, Any],
    *,
    nonce: str,
    access_token: str,
    now: int,
    algorithm: str = "RS256",
) -> None:
    """Check the claims of an ID token (OpenID Connect Core §3.1.3.7).

    If the provider sends no nonce (``sends_nonce``), PKCE alone binds the code to this attempt (RFC
    9700 §2.1.1).

    Args:
        provider: the provider that must have issued it, and the client that it must be for.
        claims: its claims, with a verified signature.
        nonce: the nonce of this attempt.
        access_token: the access token that was issued with it.
        now: the current time.
        algorithm: the algorithm of its signature.

    Raises:
        ConsumerError: it is from another issuer, or for another client, attempt or time.
    """
    issuer = provider.issuer
    if provider.issuer_template:
        issuer = provider.issuer_template.replace("{tenantid}", str(claims.get("tid")))
    registry = jwt.JWTClaimsRegistry(
        now,
        LEEWAY_SECONDS,
        iss={"essential": True, "value": str(issuer)},
        aud={"essential": True, "value": provider.client_id},
        nonce={"essential": provider.sends_nonce, "value": nonce},
        sub={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
    )
    try:
        registry.validate(dict(claims))
    except JoseError as error:
        reason = f"the ID token states something else: {error.error} {error.description}"
        sentence, minutes = _clock_problem(claims, now)
        hint = ""
        if sentence:
            reason = f"{reason} {sentence.format(minutes=minutes)}"
            hint = gettext(sentence).format(minutes=minutes)
        raise ConsumerError(UNVERIFIED, reason, hint=hint) from error
    if not isinstance(claims.get("nonce", nonce), str):
        raise ConsumerError(UNVERIFIED, "the nonce of the ID token is not a text")
    authorized = claims.get(
        "azp",
        provider.client_id if isinstance(claims["aud"], str) or len(claims["aud"]) == 1 else None,
    )
    if authorized != provider.client_id:
        raise ConsumerError(UNVERIFIED, "the ID token was made for another client")
    if "at_hash" in claims and not _is_half_hash(claims["at_hash"], access_token, algorithm):
        raise ConsumerError(
            UNVERIFIED, "the access token is not the one that the ID token was made with"
        )


def _clock_problem(claims: Mapping[str, Any], now: int) -> tuple[str, int]:
    """Return what is wrong with the times of a new ID token, or nothing, and by how many minutes.

    More than a year is no wrong clock: it may be a time in milliseconds.
    """
    for sentence, name, sign in (
        (FROM_THE_FUTURE, "iat", 1),
        (FROM_THE_FUTURE, "nbf", 1),
        (EXPIRED, "exp", -1),
    ):
        time = claims.get(name)
        if isinstance(time, int | float) and LEEWAY_SECONDS < sign * (time - now) < 366 * 86400:
            return sentence, round(abs(time - now) / 60)
    return "", 0


def _is_half_hash(at_hash: object, access_token: str, algorithm: str) -> bool:
    """Return whether ``at_hash`` matches the token (OpenID Connect Core §3.1.3.6).

    The name of an algorithm ends with the size of its hash, and Ed25519 uses SHA-512 (RFC 8032).
    """
    size = "512" if algorithm.startswith("Ed") else algorithm[-3:]
    hashed = hashlib.new(f"sha{size}", access_token.encode()).digest()
    expected = base64.urlsafe_b64encode(hashed[: len(hashed) // 2]).rstrip(b"=")
    return isinstance(at_hash, str) and hmac.compare_digest(
        expected, at_hash.encode("ascii", "replace")
    )
