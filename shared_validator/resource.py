"""The resource server's side: is this request allowed, and in whose name (RFC 6750, RFC 9068, RFC 5849 §3)."""

from __future__ import annotations

from dataclasses import dataclass

from shared_validator.context import Context
from shared_validator.http import NO_STORE, Request, Response, json_response
from shared_validator.tokens import TokenSigner
from shared_validator.validators.oauth1 import OAuth1Refused, OAuth1Resource
from shared_validator.vault import digest


@dataclass(frozen=True, slots=True)
class Token:
    """What a checked request may do. ``user_id`` is ``None`` for a client that acts for itself; ``subject`` is the client then."""

    user_id: str | None
    client_id: str
    scope: tuple[str, ...]

    @property
    def subject(self) -> str:
        """Whose request this is."""
        return self.user_id or self.client_id


class ResourceServer:
    """Checks the requests to the API that lives beside the authorization server. Its identifier (RFC 8707) is the issuer.

    Args:
        context: what the provider is built from.
        signer: who verifies JWT access tokens.
    """

    def __init__(self, context: Context, signer: TokenSigner) -> None:
        self._context = context
        self._signer = signer
        self._oauth1 = OAuth1Resource(context)
        self._identifier = context.settings.issuer
        self._jwt = context.settings.access_token_format == "jwt"
        self._bearer = f'Bearer resource_metadata="{self._identifier}/.well-known/oauth-protected-resource"'
        self._both = (("WWW-Authenticate", self._bearer), ("WWW-Authenticate", f'OAuth realm="{self._identifier}"'))

    def check(self, request: Request, scope: str) -> Token | Response:
        """Return the token of a request that ``scope`` allows, else the response that refuses it (RFC 6750 §3.1).

        Args:
            request: a request with ``Authorization: Bearer``, or with an OAuth 1.0a signature.
            scope: the scope that is needed.
        """
        found = self.authenticate(request)
        return found if isinstance(found, Response) else self.require(found, scope)

    def authenticate(self, request: Request) -> Token | Response:
        """Return the token of a request, whatever its scope, else the response that refuses it."""
        kind = request.headers.get("authorization", "").partition(" ")[0].lower()
        signed = kind == "oauth" or "oauth_signature=" in request.url or (request.is_form and b"oauth_signature=" in request.body)
        if kind == "bearer":
            if signed:
                return self._refuse(400, "invalid_request", "There are two kinds of credentials.")
            return self._check_bearer(request.headers["authorization"][7:].strip())
        if signed:
            return self._check_signature(request)
        return json_response({"error": "invalid_token", "error_description": "There is no access token."}, 401, (*NO_STORE, *self._both))

    def require(self, token: Token, scope: str) -> Token | Response:
        """Return a token that has a scope, else the response that refuses it."""
        if scope in token.scope:
            return token
        return self._refuse(403, "insufficient_scope", "The access token does not reach this far.", f', scope="{scope}"')

    def _check_bearer(self, token: str) -> Token | Response:
        found = self._from_jwt(token) if self._jwt and token.count(".") == 2 else self._from_store(token)
        if found is None:
            return self._refuse(401, "invalid_token", "The access token is unknown, expired, revoked or for another resource.")
        return found

    def _from_store(self, token: str) -> Token | None:
        record = self._context.store.access_token(digest(token))
        if record is None or record.expires_at <= self._context.now() or self._identifier not in record.audience:
            return None
        return Token(record.user_id, record.client_id, record.scope)

    def _from_jwt(self, token: str) -> Token | None:
        claims = self._signer.verify_access_token(token)
        if claims is None or self._identifier not in claims["aud"]:
            return None
        client_id = claims["client_id"]
        user_id = claims["sub"] if claims["sub"] != client_id else None
        return Token(user_id, client_id, tuple(claims["scope"].split()))

    def _check_signature(self, request: Request) -> Token | Response:
        try:
            credentials = self._oauth1.check(request)
        except OAuth1Refused as refused:
            return refused.response()
        return Token(credentials.user_id, credentials.consumer_key, credentials.scope)

    def _refuse(self, status: int, error: str, description: str, more: str = "") -> Response:
        challenge = f'{self._bearer}, error="{error}", error_description="{description}"{more}'
        body = {"error": error, "error_description": description}
        return json_response(body, status, (*NO_STORE, ("WWW-Authenticate", challenge)))
