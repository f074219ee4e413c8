"""oauthlib's request, made from parameters that were parsed once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from oauthlib.common import CaseInsensitiveDict
from oauthlib.common import Request as OAuthlibRequest
from oauthlib.oauth2.rfc6749.errors import InvalidRequestError

from shared_validator.http import BadRequest, Request

_WIRE = (
    *("client_id", "client_secret", "code", "code_challenge", "code_challenge_method", "code_verifier", "device_code", "grant_type"),
    *("redirect_uri", "refresh_token", "response_type", "scope", "state", "token", "token_type_hint"),
    *("response_mode", "nonce", "prompt", "max_age", "id_token_hint", "login_hint", "request", "request_uri"),
)
_ABSENT: dict[str, str | None] = dict.fromkeys(_WIRE)


class ProtocolRequest(OAuthlibRequest):  # type: ignore[misc]  # oauthlib has no annotations
    """A request as oauthlib's grants read it.

    Two things differ from oauthlib's own. A parameter named ``user``, ``client`` or ``scopes`` does not become the attribute that a
    validator sets. And ``resource``, the one parameter that may repeat (RFC 8707 §2), keeps all of its values, in ``resources``.

    Args:
        request: the request.
        parameters: its decoded query or form.
    """

    def __init__(self, request: Request, parameters: Iterable[tuple[str, str]]) -> None:
        self.uri = request.url
        self.http_method = request.method
        self.headers = CaseInsensitiveDict(request.headers)
        self.body = ""
        self.decoded_body: list[tuple[str, str]] = []
        # A parameter without a value counts as left out (RFC 6749 §3.1).
        given = [(name, value) for name, value in parameters if value]
        self.resources = tuple(value for name, value in given if name == "resource")
        self.duplicate_params = _repeated(name for name, _ in given if name != "resource")
        self._params: dict[str, Any] = {**_ABSENT, **{name: value for name, value in given if name in _ABSENT}}
        # What a validator finds out on its way; oauthlib reads the first four by these names.
        self.client: Any = None
        self.user: Any = None
        self.scopes: Any = None
        self.extra_credentials = None
        self.rotated: Any = None
        self.after_refusal: Callable[[], str | None] | None = None

    # oauthlib computes this anew at each of a dozen reads.
    duplicate_params: list[str] = []  # noqa: RUF012 - replaced by each instance


def _repeated(names: Iterable[str]) -> list[str]:
    seen: set[str] = set()
    return [name for name in names if name in seen or seen.add(name)]  # type: ignore[func-returns-value]


def token_request(request: Request) -> ProtocolRequest:
    """Read a request to the token endpoint, or to one like it (RFC 6749 §3.2).

    Raises:
        InvalidRequestError: a query, a body that is not a form, or a parameter given twice.
    """
    try:
        if request.query:
            raise InvalidRequestError("The parameters belong in the body, not in the URL.")
        parsed = ProtocolRequest(request, request.form)
    except BadRequest as error:
        raise InvalidRequestError(str(error)) from error
    if parsed.duplicate_params:
        raise InvalidRequestError("A parameter is given twice.")
    return parsed
