"""The token endpoint (RFC 6749 §3.2): validate, issue and record as one transaction."""

from __future__ import annotations

import json
from contextlib import nullcontext
from typing import Any

from oauthlib.oauth2 import BearerToken, ClientCredentialsGrant, RefreshTokenGrant
from oauthlib.oauth2.rfc6749.errors import InvalidRequestError, OAuth2Error, UnsupportedGrantTypeError
from oauthlib.oauth2.rfc6749.grant_types.base import GrantTypeBase
from oauthlib.oauth2.rfc8628.grant_types import DeviceCodeGrant

from shared_validator.context import Context
from shared_validator.http import NO_STORE, Request, Response
from shared_validator.tokens import TokenSigner
from shared_validator.validators.code_grant import CodeGrant
from shared_validator.validators.oauth2 import DEVICE_GRANT, OAuth2Validator
from shared_validator.validators.protocol_request import ProtocolRequest, token_request
from shared_validator.vault import new_secret


class IssuedTokens(BearerToken):  # type: ignore[misc]  # oauthlib has no annotations
    """Makes the tokens of an answer: opaque or JWT, a refresh token for clients that registered its grant, an ID token for ``openid``."""

    def __init__(self, context: Context, validator: OAuth2Validator, signer: TokenSigner) -> None:
        super().__init__(
            validator,
            token_generator=self._signed if context.settings.access_token_format == "jwt" else self._opaque,
            refresh_token_generator=self._opaque,
            expires_in=context.settings.access_token_seconds,
        )
        # oauthlib's class has slots of its own; ours adds a dictionary beside them.
        self._signer = signer

    @staticmethod
    def _opaque(request: ProtocolRequest) -> str:
        return new_secret()

    def _signed(self, request: ProtocolRequest) -> str:
        return self._signer.access_token(
            client_id=request.client_id,
            user_id=request.user,
            scope=tuple(request.scopes),
            audience=request.audience,
            auth_time=request.auth_time,
        )

    def create_token(self, request: ProtocolRequest, refresh_token: bool = False, **kwargs: Any) -> dict[str, Any]:
        """Return the token answer (RFC 6749 §5.1, OpenID Connect Core §3.1.3.3)."""
        token: dict[str, Any] = super().create_token(request, refresh_token=refresh_token)
        if request.user is not None and "openid" in request.scopes:
            token["id_token"] = self._signer.id_token(
                client_id=request.client_id,
                user_id=request.user,
                auth_time=request.auth_time,
                nonce=request.nonce,
                access_token=token["access_token"],
                algorithm=request.client.id_token_signed_response_alg,
            )
        return token


class TokenEndpoint:
    """Exchanges codes, refresh tokens, device codes and client credentials for tokens."""

    def __init__(self, context: Context, validator: OAuth2Validator, signer: TokenSigner) -> None:
        self._context = context
        self._validator = validator
        self._tokens = IssuedTokens(context, validator, signer)
        self._grants: dict[str, GrantTypeBase] = {
            "authorization_code": CodeGrant(validator),
            "client_credentials": ClientCredentialsGrant(validator, post_token=[validator.grant_to_client]),
            "refresh_token": RefreshTokenGrant(validator),
            DEVICE_GRANT: DeviceCodeGrant(validator),
        }

    def __call__(self, request: Request) -> Response:
        """Answer a token request. Raises ``OAuth2Error``."""
        asked = token_request(request)
        if not asked.grant_type:
            raise InvalidRequestError("The grant_type is missing.")
        if asked.grant_type not in self._grants:
            raise UnsupportedGrantTypeError
        try:
            body = self._issue(asked, self._grants[asked.grant_type])
        except OAuth2Error:
            repeated = asked.after_refusal and asked.after_refusal()
            if not repeated:
                raise
            body = repeated
        return Response(200, (("Content-Type", "application/json"), *NO_STORE), body.encode())

    def _issue(self, request: ProtocolRequest, grant: GrantTypeBase) -> str:
        # An error leaves the block and undoes what was claimed: a refused request costs the client nothing. A client that asks for itself
        # has nothing to claim, and one statement is a transaction of its own.
        claims = request.grant_type != "client_credentials"
        with self._context.store.transaction() if claims else nullcontext():
            grant.validate_token_request(request)
            renewable = request.user is not None and "refresh_token" in request.client.grant_types
            token = self._tokens.create_token(request, refresh_token=renewable)
            self._validator.save_token(token, request)
        return json.dumps(token)
