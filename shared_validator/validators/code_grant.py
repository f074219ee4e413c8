"""The authorization code grant, narrowed to what OAuth 2.1 leaves of it."""

from __future__ import annotations

import re

from oauthlib.oauth2 import AuthorizationCodeGrant
from oauthlib.oauth2.rfc6749.errors import CustomOAuth2Error, InvalidRequestError
from oauthlib.oauth2.rfc6749.grant_types.authorization_code import code_challenge_method_s256

from shared_validator.validators.protocol_request import ProtocolRequest

_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")


class CodeGrant(AuthorizationCodeGrant):  # type: ignore[misc]  # oauthlib has no annotations
    """oauthlib's grant without the ``plain`` code challenge, which it would take a missing method for (RFC 9700 §2.1.1)."""

    _code_challenge_methods = {"S256": code_challenge_method_s256}  # noqa: RUF012 - as the base class has it

    def validate_authorization_request(self, request: ProtocolRequest) -> None:
        """Check what oauthlib checks, and what it would pass over.

        Raises:
            FatalClientError: the client or its redirect URI is not to be trusted, so nobody is redirected.
            OAuth2Error: anything else, to be told to the client.
        """
        # oauthlib would show a page for some repeated parameters and pass over others; only these two decide where an answer may go.
        repeated = request.duplicate_params
        request.duplicate_params = [name for name in repeated if name in ("client_id", "redirect_uri")]
        super().validate_authorization_request(request)
        if repeated:
            raise InvalidRequestError("A parameter is given twice.", request=request)
        if not _CHALLENGE.fullmatch(request.code_challenge):
            raise InvalidRequestError("The code_challenge is not a SHA-256 digest.", request=request)
        # oauthlib answers an unknown mode in the query without a word.
        if request.response_mode not in (None, "query"):
            raise InvalidRequestError("The response_mode is query.", request=request)
        for name in ("request", "request_uri"):
            if getattr(request, name):
                raise CustomOAuth2Error(f"{name}_not_supported", request=request)
        request.scopes = list(dict.fromkeys(request.scopes))
