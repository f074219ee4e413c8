"""Signed requests (RFC 5849 §3): which are authentic, and for whom one to a protected resource speaks."""

from __future__ import annotations

from urllib.parse import urlencode

from oauthlib.oauth1.rfc5849.endpoints.base import BaseEndpoint
from oauthlib.oauth1.rfc5849.errors import InvalidRequestError, InvalidSignatureMethodError
from oauthlib.oauth1.rfc5849.errors import OAuth1Error as OAuthlibError

from shared_validator.context import Context
from shared_validator.http import FORM, NO_STORE, BadRequest, Request, Response
from shared_validator.store import TokenCredentials
from shared_validator.validators.oauth1_consumer import CONSUMER_SECRET, is_name, new_consumer
from shared_validator.validators.oauth1_signature import (
    PLAINTEXT,
    RSA_HASHES,
    SignedRequest,
    hmac_holds,
    hmac_key,
    origin,
    plaintext_holds,
    rsa_holds,
)
from shared_validator.validators.oauth1_validator import TEMPORARY_SECRET, TOKEN_SECRET, OAuth1Validator, unauthenticated
from shared_validator.vault import new_secret

__all__ = ["CONSUMER_SECRET", "TEMPORARY_SECRET", "TOKEN_SECRET", "OAuth1Refused", "OAuth1Resource", "OAuth1Validator", "new_consumer"]


class OAuth1Refused(Exception):
    """A signed request is refused.

    Args:
        status: 400 for a malformed request, 401 for one that is not authentic (RFC 5849 §3.2).
        error: oauthlib's name of the error.
        description: what is wrong, safe to show: it never repeats what the client sent.
        realm: the issuer.
    """

    def __init__(self, status: int, error: str, description: str, realm: str) -> None:
        super().__init__(description)
        self.status = status
        self.error = error
        self.description = description
        self.realm = realm

    def response(self) -> Response:
        """Return the refusal, form-encoded, with the challenge that RFC 5849 §3.5.1 lets a server send."""
        body = urlencode({"error": self.error, "error_description": self.description}).encode()
        return Response(self.status, (("Content-Type", FORM), ("WWW-Authenticate", f'OAuth realm="{self.realm}"'), *NO_STORE), body)


class SignatureCheck(BaseEndpoint):  # type: ignore[misc]  # oauthlib has no annotations
    """What all three steps share; mixed into oauthlib's endpoints, it takes the place of their slow or lenient parts.

    Args:
        context: the parts of this server.
    """

    def __init__(self, context: Context) -> None:
        super().__init__(OAuth1Validator(context), new_secret)
        self._context = context
        self._origin = origin(context.settings.issuer)

    def refusal(self, error: OAuthlibError) -> OAuth1Refused:
        """Return oauthlib's error as ours."""
        return OAuth1Refused(error.status_code, error.error, error.description, self._context.settings.issuer)

    def _read(self, request: Request) -> SignedRequest:
        # oauthlib's _create_request decodes protocol parameters of the query and the form twice, and parses everything four times.
        try:
            return SignedRequest(request)
        except BadRequest as error:
            raise InvalidRequestError(str(error)) from error

    def _check_mandatory_parameters(self, request: SignedRequest) -> None:
        """Refuse what RFC 5849 §3.2 calls malformed. oauthlib would use its own clock, and wants a nonce for PLAINTEXT too."""
        if not request.signature or not request.client_key or not request.signature_method:
            raise InvalidRequestError("a mandatory protocol parameter is missing")
        if request.signature_method not in self.request_validator.allowed_signature_methods:
            raise InvalidSignatureMethodError("the signature method is not supported")
        if request.oauth_params.get("oauth_version", "1.0") != "1.0":
            raise InvalidRequestError("oauth_version is not 1.0")
        if not is_name(request.client_key):
            raise InvalidRequestError("oauth_consumer_key is malformed")
        if request.resource_owner_key and not is_name(request.resource_owner_key):
            raise InvalidRequestError("oauth_token is malformed")
        self._check_timestamp_and_nonce(request)

    def _check_timestamp_and_nonce(self, request: SignedRequest) -> None:
        if request.signature_method != PLAINTEXT and not (request.timestamp and request.nonce):
            raise InvalidRequestError("oauth_timestamp or oauth_nonce is missing")
        if request.nonce and not (8 <= len(request.nonce) <= 64 and request.nonce.isprintable()):
            raise InvalidRequestError("oauth_nonce is not 8 to 64 printable characters")
        if request.timestamp:
            if not (request.timestamp.isascii() and request.timestamp.isdigit() and len(request.timestamp) <= 12):
                raise InvalidRequestError("oauth_timestamp is not a number of seconds")
            window = self._context.settings.oauth1_timestamp_seconds
            if abs(self._context.now() - int(request.timestamp)) > window:
                raise unauthenticated(f"oauth_timestamp is more than {window} seconds off")

    def _check_signature(self, request: SignedRequest, is_token_request: bool = False) -> bool:
        # The signature is computed for a consumer that does not exist, too: the time that a refusal takes tells nothing.
        holds = self._signature_holds(request, is_token_request)
        if not holds or not self.request_validator.is_registered(request) or not request.body_hash_holds():
            return False
        if not self.request_validator.use_nonce(request):
            raise unauthenticated("oauth_nonce was used before")
        return True

    def _signature_holds(self, request: SignedRequest, is_token_request: bool) -> bool:
        validator = self.request_validator
        if request.signature_method in RSA_HASHES:
            return rsa_holds(request, request.base_string(self._origin), validator.get_rsa_key(request.client_key, request))
        token_secret = self._token_secret(request, is_token_request)
        key = hmac_key(validator.get_client_secret(request.client_key, request), token_secret)
        if request.signature_method == PLAINTEXT:
            return plaintext_holds(request, key)
        return hmac_holds(request, request.base_string(self._origin), key)

    def _token_secret(self, request: SignedRequest, is_token_request: bool) -> str:
        if is_token_request:
            return str(self.request_validator.get_request_token_secret(request.client_key, request.resource_owner_key, request))
        return str(self.request_validator.get_access_token_secret(request.client_key, request.resource_owner_key, request))


class OAuth1Resource(SignatureCheck):
    """Checks signed requests to protected resources (RFC 5849 §3.2): two reads and one write on the store.

    oauthlib's own resource endpoint answers only "no", which is not enough to tell 400 from 401.
    """

    def check(self, request: Request) -> TokenCredentials:
        """Return the token credentials that signed ``request``.

        Raises:
            OAuth1Refused: the request is malformed or not authentic.
        """
        try:
            return self._authenticated(self._read(request))
        except OAuthlibError as error:
            raise self.refusal(error) from error

    def _authenticated(self, signed: SignedRequest) -> TokenCredentials:
        self._check_mandatory_parameters(signed)
        if not signed.resource_owner_key:
            raise InvalidRequestError("oauth_token is missing")
        # Both are looked up and the signature is computed whatever is found.
        self.request_validator.validate_client_key(signed.client_key, signed)
        self.request_validator.validate_access_token(signed.client_key, signed.resource_owner_key, signed)
        if not self._check_signature(signed) or signed.token is None:
            raise unauthenticated()
        return signed.token
