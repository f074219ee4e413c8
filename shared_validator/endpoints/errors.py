"""OAuth 2 errors as JSON responses (RFC 6749 §5.2)."""

from __future__ import annotations

import re
from collections.abc import Callable

from oauthlib.oauth2.rfc6749.errors import OAuth2Error

from shared_validator import events
from shared_validator.http import NO_STORE, Request, Response, json_response
from shared_validator.validators.client_authentication import claimed_client_id

_PENDING = ("authorization_pending", "slow_down")
"""A device that waits for its user gets these every few seconds (RFC 8628 §3.5)."""

_NOT_ALLOWED = re.compile(r"[^\x20-\x21\x23-\x5b\x5d-\x7e]")


def described(error: OAuth2Error) -> dict[str, str]:
    """Return ``error`` and ``error_description``, with only the characters that RFC 6749 §5.2 allows."""
    pairs = {"error": error.error}
    if error.description:
        pairs["error_description"] = _NOT_ALLOWED.sub("'", error.description)
    return pairs


def _log(request: Request, error: OAuth2Error) -> None:
    if error.error in _PENDING:
        return
    events.report(
        "client_refused" if error.error == "invalid_client" else "request_refused",
        client_id=claimed_client_id(request),
        reason=events.reason_of(error),
    )


def refusing(
    issuer: str,
) -> Callable[[Callable[[Request], Response]], Callable[[Request], Response]]:
    """Turn the OAuth 2 errors that a handler raises into responses.

    A client that failed to authenticate gets a challenge with the scheme (RFC 6749 §5.2).
    """

    def decorate(handler: Callable[[Request], Response]) -> Callable[[Request], Response]:
        def answer(request: Request) -> Response:
            try:
                return handler(request)
            except OAuth2Error as error:
                _log(request, error)
                if error.error == "invalid_client":
                    return json_response(
                        described(error),
                        401,
                        (*NO_STORE, ("WWW-Authenticate", f'Basic realm="{issuer}"')),
                    )
                return json_response(described(error), 400, NO_STORE)

        return answer

    return decorate
