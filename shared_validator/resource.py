"""The resource server, which checks API requests (RFC 6750, RFC 9068, RFC 5849 §3)."""

from __future__ import annotations

from dataclasses import dataclass

from shared_validator import events
from shared_validator.context import Context
from shared_validator.endpoints.metadata import well_known
from shared_validator.http import Refused, Request, json_error
from shared_validator.tokens import TokenSigner
from shared_validator.validators.oauth1 import OAuth1Resource
from shared_validator.vault import digest


@dataclass(frozen=True, slots=True)
class Token:
    """What a checked request may do.

    For a client that acts for itself, ``user_id`` is ``None`` and ``subject`` is the client.
    """

    user_id: str | None
    client_id: str
    scope: tuple[str, ...]

    @property
    def subject(self) -> str:
        """The identifier of the user or client that the request acts for."""
        return self.user_id or self.client_id


class ResourceServer:
    """Checks requests to the authorization server's own API.

    The API's identifier (RFC 8707) is the issuer.

    Args:
        context: the parts of the provider.
        signer: verifies JWT access tokens.
    """

    def __init__(self, context: Context, signer: TokenSigner) -> None:
        self._context = context
        self._signer = signer
        self._oauth1 = OAuth1Resource(context)
        self._identifier = context.settings.issuer
        self._jwt = context.settings.access_token_format == "jwt"
        self._bearer = (
            f'Bearer resource_metadata="{well_known(self._identifier, "oauth-protected-resource")}"'
        )
        self._both = (
            ("WWW-Authenticate", self._bearer),
            ("WWW-Authenticate", f'OAuth realm="{self._identifier}"'),
        )

    def require(self, request: Request, scope: str) -> Token:
        """Return the token of a request, which must have ``scope``.

        Args:
            request: a request with ``Authorization: Bearer``, or with an OAuth 1.0a signature.
            scope: the required scope.

        Raises:
            Refused: there is no such token, or it lacks the scope (RFC 6750 §3.1).
        """
        return self.check_scope(self.authenticate(request), scope)

    def authenticate(self, request: Request) -> Token:
        """Return the token of a request, whatever its scope. Raises ``Refused``."""
        kind = request.headers.get("authorization", "").partition(" ")[0].lower()
        signed = (
            kind == "oauth"
            or "oauth_signature=" in request.url
            or (request.is_form and b"oauth_signature=" in request.body)
        )
        if kind == "bearer":
            if signed:
                raise self._refusal(400, "invalid_request", "Send only one kind of credentials.")
            return self._check_bearer(request.headers["authorization"][7:].strip())
        if signed:
            return self._check_signature(request)
        events.report("access_refused", reason="there is no access token")
        raise Refused(json_error("invalid_token", "There is no access token.", 401, self._both))

    def check_scope(self, token: Token, scope: str) -> Token:
        """Return a token if it has a scope. Raises ``Refused``."""
        if scope not in token.scope:
            raise self._refusal(
                403,
                "insufficient_scope",
                "The token lacks the required scope.",
                f', scope="{scope}"',
                token.client_id,
            )
        return token

    def _check_bearer(self, token: str) -> Token:
        found = (
            self._from_jwt(token)
            if self._jwt and token.count(".") == 2
            else self._from_store(token)
        )
        if found is None:
            raise self.invalid_token()
        return found

    def invalid_token(self) -> Refused:
        """Return the refusal of a token that does not work, or no longer (RFC 6750 §3.1)."""
        return self._refusal(
            401,
            "invalid_token",
            "The access token is unknown, expired, revoked or for another resource.",
        )

    def _from_store(self, token: str) -> Token | None:
        record = self._context.store.access_token(digest(token))
        if (
            record is None
            or record.expires_at <= self._context.now()
            or self._identifier not in record.audience
        ):
            return None
        return Token(record.user_id, record.client_id, record.scope)

    def _from_jwt(self, token: str) -> Token | None:
        # The store knows what has been revoked, or taken away from the user or the client, since it
        # was signed. Only resource servers without the store must do without.
        verified = self._signer.verify_access_token(token)
        return None if verified is None else self._from_store(token)

    def _check_signature(self, request: Request) -> Token:
        credentials = self._oauth1.check(request)
        return Token(credentials.user_id, credentials.consumer_key, credentials.scope)

    def _refusal(
        self,
        status: int,
        error: str,
        description: str,
        more: str = "",
        client_id: str | None = None,
    ) -> Refused:
        events.report("access_refused", reason=f"{error}: {description}", client_id=client_id)
        challenge = f'{self._bearer}, error="{error}", error_description="{description}"{more}'
        return Refused(json_error(error, description, status, [("WWW-Authenticate", challenge)]))
