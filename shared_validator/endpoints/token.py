"""The token endpoint (RFC 6749 §3.2), which validates, issues and records in one transaction."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from oauthlib.oauth2.rfc6749.errors import (
    InvalidRequestError,
    UnsupportedGrantTypeError,
)

from shared_validator import events
from shared_validator.context import Context
from shared_validator.grants import (
    DEVICE_GRANT,
    Grant,
    Issue,
    authorization_code,
    client_credentials,
    device_code,
    refresh_token,
)
from shared_validator.http import NO_STORE, Request, Response
from shared_validator.store import AccessToken, RefreshToken
from shared_validator.tokens import TokenSigner
from shared_validator.validators.protocol_request import ProtocolRequest, token_request
from shared_validator.vault import digest, new_secret

_EXCHANGES: Mapping[str, Callable[[Context, ProtocolRequest, Issue], str]] = {
    "authorization_code": authorization_code.exchange,
    "client_credentials": client_credentials.exchange,
    "refresh_token": refresh_token.exchange,
    DEVICE_GRANT: device_code.exchange,
}


class TokenEndpoint:
    """Exchanges codes, refresh tokens, device codes and client credentials for tokens."""

    def __init__(self, context: Context, signer: TokenSigner) -> None:
        self._context = context
        self._signer = signer

    def __call__(self, request: Request) -> Response:
        """Answer a token request. Raises ``OAuth2Error``."""
        asked = token_request(request)
        if not asked.grant_type:
            raise InvalidRequestError("The grant_type is missing.")
        exchange = _EXCHANGES.get(asked.grant_type)
        if exchange is None:
            raise UnsupportedGrantTypeError
        self._signer.create_keys()  # the exchange is a transaction, which may be rolled back
        issued: dict[str, Grant] = {}

        def issue(grant: Grant) -> str:
            answer = self._issue(grant)
            issued[answer] = grant
            return answer

        body = exchange(self._context, asked, issue)
        # Only now are its tokens committed. A transaction that was rolled back has issued others,
        # and a refresh may be answered with what another request has issued.
        grant = issued.get(body)
        if grant is not None:
            events.report(
                "tokens_issued",
                client_id=grant.client.client_id,
                user=grant.user_id,
                grant=asked.grant_type,
            )
        return Response(200, (("Content-Type", "application/json"), *NO_STORE), body.encode())

    def _issue(self, grant: Grant) -> str:
        tokens = self._make(grant)
        answer = json.dumps(tokens)
        self._save(grant, tokens, answer)
        return answer

    def _make(self, grant: Grant) -> dict[str, Any]:
        """Return the token response (RFC 6749 §5.1, OpenID Connect Core §3.1.3.3).

        It has a refresh token if the client registered that grant, and an ID token for ``openid``.
        """
        tokens: dict[str, Any] = {
            "access_token": self._access_token(grant),
            "expires_in": self._context.settings.access_token_seconds,
            "token_type": "Bearer",
            "scope": " ".join(grant.scope),
        }
        if grant.user_id is None:
            return tokens
        if "refresh_token" in grant.client.grant_types:
            tokens["refresh_token"] = new_secret()
        if "openid" in grant.scope:
            tokens["id_token"] = self._signer.id_token(
                client_id=grant.client.client_id,
                user_id=grant.user_id,
                auth_time=grant.auth_time,
                nonce=grant.nonce,
                access_token=tokens["access_token"],
                algorithm=grant.client.id_token_signed_response_alg,
            )
        return tokens

    def _access_token(self, grant: Grant) -> str:
        if self._context.settings.access_token_format != "jwt":
            return new_secret()
        return self._signer.access_token(
            client_id=grant.client.client_id,
            user_id=grant.user_id,
            scope=grant.scope,
            audience=grant.audience,
            auth_time=grant.auth_time,
        )

    def _save(self, grant: Grant, tokens: Mapping[str, Any], answer: str) -> None:
        """Save the digests of the issued tokens."""
        store, settings = self._context.store, self._context.settings
        predecessor, now = grant.predecessor, self._context.now()
        store.save_access_token(
            AccessToken(
                token_hash=digest(tokens["access_token"]),
                grant_id=grant.grant_id,
                client_id=grant.client.client_id,
                user_id=grant.user_id,
                scope=grant.scope,
                audience=grant.audience,
                issued_at=now,
                expires_at=now + settings.access_token_seconds,
            )
        )
        if grant.user_id is not None and "refresh_token" in tokens:
            store.save_refresh_token(
                RefreshToken(
                    token_hash=digest(tokens["refresh_token"]),
                    grant_id=grant.grant_id,
                    client_id=grant.client.client_id,
                    user_id=grant.user_id,
                    scope=grant.granted_scope,
                    resource=grant.granted_resource,
                    auth_time=grant.auth_time,
                    issued_at=now,
                    expires_at=now + settings.refresh_token_seconds,
                    predecessor_hash=predecessor.token_hash if predecessor else None,
                    sealed_answer=self._sealed(grant, tokens["refresh_token"], answer),
                )
            )

    def _sealed(self, grant: Grant, token: str, answer: str) -> bytes | None:
        # A refresh that is repeated within the grace period gets the same response again.
        if grant.predecessor is None or self._context.settings.refresh_grace_seconds == 0:
            return None
        return refresh_token.sealed_answer(
            self._context, digest(token), grant.predecessor.token_hash, answer
        )
