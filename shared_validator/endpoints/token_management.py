"""Revocation (RFC 7009) and introspection (RFC 7662)."""

from __future__ import annotations

from typing import Any

from oauthlib.oauth2.rfc6749.errors import (
    InvalidClientError,
    InvalidGrantError,
    InvalidRequestError,
)

from shared_validator import events
from shared_validator.context import Context
from shared_validator.grants.limits import scope_left
from shared_validator.http import NO_STORE, Request, Response, json_response
from shared_validator.store import AccessToken, Client, RefreshToken
from shared_validator.validators.client_authentication import authenticate
from shared_validator.validators.protocol_request import token_request
from shared_validator.vault import digest


class TokenManagement:
    """The two endpoints to which a client presents a token.

    They ignore ``token_type_hint``, because both kinds of token are found by their digest.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._store = context.store

    def revoke(self, request: Request) -> Response:
        """Revoke a token of the client. A refresh token revokes its whole grant (RFC 7009 §2.1).

        Raises:
            OAuth2Error: the token is missing or is another client's, or the client fails to
                authenticate.
        """
        client, token = self._presented(request)
        # Those of a disabled user too: they must not work again when the user is enabled.
        record = self._find(token, include_disabled=True)
        if record is not None and record.client_id != client.client_id:
            raise InvalidGrantError("The token was issued to another client.")
        if isinstance(record, AccessToken):
            self._store.revoke_access_token(record.token_hash)
        elif record is not None:
            self._store.revoke_grant(record.grant_id)
        if record is not None:
            events.report("token_revoked", client_id=client.client_id, user=record.user_id)
        return Response(200, NO_STORE)

    def introspect(self, request: Request) -> Response:
        """Describe a token that was issued to the client, or whose audience is its ``client_id``.

        Any other token is reported as inactive, so that a client learns nothing about tokens that
        do not concern it (RFC 7662 §4).

        Raises:
            OAuth2Error: the token is missing, or the client is public or fails to authenticate.
        """
        client, token = self._presented(request)
        if client.token_endpoint_auth_method == "none":
            raise InvalidClientError("Introspection is for clients that have a secret.")
        record = self._find(token)
        return json_response(
            self._described(record, client) if record else {"active": False}, headers=NO_STORE
        )

    def _presented(self, request: Request) -> tuple[Client, str]:
        parsed = token_request(request)
        client = authenticate(parsed, self._store)
        if not parsed.token:
            raise InvalidRequestError("The token is missing.")
        return client, parsed.token

    def _find(
        self, token: str, *, include_disabled: bool = False
    ) -> AccessToken | RefreshToken | None:
        token_hash = digest(token)
        return self._store.access_token(
            token_hash, include_disabled=include_disabled
        ) or self._store.refresh_token(token_hash, include_disabled=include_disabled)

    def _described(self, record: AccessToken | RefreshToken, client: Client) -> dict[str, Any]:
        owner = self._store.client(record.client_id)
        useless = isinstance(record, RefreshToken) and (
            record.rotated_at is not None
            or (owner is not None and "refresh_token" not in owner.grant_types)
        )
        audience = record.audience if isinstance(record, AccessToken) else ()
        if (
            owner is None
            or useless
            or record.expires_at <= self._context.now()
            or client.client_id not in (record.client_id, *audience)
        ):
            return {"active": False}
        described = {
            "active": True,
            "scope": " ".join(scope_left(self._context, owner, record.scope)),
            "client_id": record.client_id,
            "sub": record.user_id or record.client_id,
            "iss": self._context.settings.issuer,
            "iat": record.issued_at,
            "exp": record.expires_at,
        }
        return described | ({"aud": list(audience), "token_type": "Bearer"} if audience else {})
