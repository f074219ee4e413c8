"""The two machine endpoints of OAuth 1.0a: temporary credentials and token credentials (RFC 5849 §2.1, §2.3)."""

from __future__ import annotations

from abc import abstractmethod
from urllib.parse import urlencode

from oauthlib.oauth1.rfc5849.endpoints.access_token import AccessTokenEndpoint
from oauthlib.oauth1.rfc5849.endpoints.request_token import RequestTokenEndpoint
from oauthlib.oauth1.rfc5849.errors import InvalidRequestError
from oauthlib.oauth1.rfc5849.errors import OAuth1Error as OAuthlibError

from shared_validator.context import Context
from shared_validator.edge.routes import Endpoint
from shared_validator.http import FORM, NO_STORE, Request, Response
from shared_validator.validators.oauth1 import SignatureCheck
from shared_validator.validators.oauth1_signature import SignedRequest
from shared_validator.validators.oauth1_validator import unauthenticated

OUT_OF_BAND = "oob"


def oauth1_endpoints(context: Context) -> tuple[Endpoint, ...]:
    """Return the routes that an OAuth 1.0a consumer calls.

    Args:
        context: the parts of the server.
    """
    # POST alone: credentials are made, and RFC 5849 §2.1 and §2.3 show nothing else.
    return (
        Endpoint("oauth1_request_token", "/oauth1/request_token", ("POST",), _RequestToken(context).respond),
        Endpoint("oauth1_access_token", "/oauth1/access_token", ("POST",), _AccessToken(context).respond),
    )


class _CredentialsEndpoint(SignatureCheck):
    def respond(self, request: Request) -> Response:
        try:
            credentials = self._issue(self._read(request))
        except OAuthlibError as error:
            return self.refusal(error).response()
        return Response(200, (("Content-Type", FORM), *NO_STORE), credentials.encode())

    @abstractmethod
    def _issue(self, signed: SignedRequest) -> str:
        """Check the request and return new credentials, form-encoded. Raises oauthlib's errors."""


class _RequestToken(_CredentialsEndpoint, RequestTokenEndpoint):  # type: ignore[misc]  # oauthlib has no annotations
    def _issue(self, signed: SignedRequest) -> str:
        valid, _ = self.validate_request_token_request(signed)
        if not valid or signed.consumer is None:
            raise unauthenticated()
        # Compared byte for byte: the free port of a loopback address is a rule of OAuth 2 (RFC 8252 §7.3), and OAuth 1.0a has "oob" for
        # whoever cannot name a callback beforehand.
        if signed.redirect_uri != OUT_OF_BAND and signed.redirect_uri not in signed.consumer.callbacks:
            raise InvalidRequestError("oauth_callback is not registered for this consumer")
        return str(self.create_request_token(signed, {}))

    def _token_secret(self, request: SignedRequest, is_token_request: bool) -> str:
        return ""  # There is no token yet (RFC 5849 §2.1).


class _AccessToken(_CredentialsEndpoint, AccessTokenEndpoint):  # type: ignore[misc]  # oauthlib has no annotations
    def _issue(self, signed: SignedRequest) -> str:
        valid, _ = self.validate_access_token_request(signed)
        if not valid:
            raise unauthenticated()
        # oauthlib would add oauth_authorized_realms, which RFC 5849 §2.3 does not have and some clients cannot read.
        credentials = {"oauth_token": self.token_generator(), "oauth_token_secret": self.token_generator()}
        self.request_validator.save_access_token(credentials, signed)
        return urlencode(credentials)
