"""The parameters of a request to an OAuth 2 endpoint, by name, decoded once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields

from oauthlib.oauth2.rfc6749.errors import InvalidRequestError

from shared_validator.http import BadRequest, Request


# Without a repr, which would contain codes, tokens and secrets.
@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ProtocolRequest:
    """The parameters as sent. A missing parameter is ``None``, and a parameter that no endpoint
    reads is ignored (RFC 6749 §3.1).

    Args:
        method: the HTTP method.
        authorization: the ``Authorization`` header.
        resources: the values of ``resource``, the one parameter that may repeat (RFC 8707 §2).
        repeated: the names of the other parameters that are given more than once.
    """

    method: str
    authorization: str | None
    resources: tuple[str, ...]
    repeated: frozenset[str]

    client_id: str | None = None
    client_secret: str | None = None
    grant_type: str | None = None
    code: str | None = None
    code_verifier: str | None = None
    refresh_token: str | None = None
    device_code: str | None = None
    token: str | None = None
    client_assertion: str | None = None

    response_type: str | None = None
    response_mode: str | None = None
    redirect_uri: str | None = None
    scope: str | None = None
    state: str | None = None
    code_challenge: str | None = None
    code_challenge_method: str | None = None

    nonce: str | None = None
    prompt: str | None = None
    max_age: str | None = None
    id_token_hint: str | None = None
    login_hint: str | None = None
    claims: str | None = None
    request: str | None = None
    request_uri: str | None = None
    registration: str | None = None

    @classmethod
    def read(cls, request: Request, parameters: Iterable[tuple[str, str]]) -> ProtocolRequest:
        """Return the parameters of a request.

        Args:
            request: the request.
            parameters: its decoded query or form.
        """
        named: dict[str, str] = {}
        resources: list[str] = []
        seen: set[str] = set()
        repeated: set[str] = set()
        for name, value in parameters:
            if not value:
                continue  # counts as missing (RFC 6749 §3.1)
            if name == "resource":
                resources.append(value)
                continue
            if name in seen:
                repeated.add(name)
            seen.add(name)
            if name in _NAMES:
                named[name] = value
        return cls(
            method=request.method,
            authorization=request.headers.get("authorization"),
            resources=tuple(resources),
            repeated=frozenset(repeated),
            **named,
        )


_NAMES = frozenset(field.name for field in fields(ProtocolRequest) if field.default is None)


def token_request(request: Request) -> ProtocolRequest:
    """Read a request to the token endpoint or a similar one (RFC 6749 §3.2).

    Raises:
        InvalidRequestError: a query, a body that is not a form, or a parameter given twice.
    """
    try:
        if request.query:
            raise InvalidRequestError("The parameters belong in the body, not in the URL.")
        parsed = ProtocolRequest.read(request, request.form)
    except BadRequest as error:
        raise InvalidRequestError(str(error)) from error
    if parsed.repeated:
        raise InvalidRequestError("A parameter is given twice.")
    return parsed
