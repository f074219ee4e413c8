"""Authorization requests that require a new sign-in (OpenID Connect Core §3.1.2.1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from oauthlib.oauth2.rfc6749.errors import InvalidRequestError

from shared_validator.edge.sessions import Visitor
from shared_validator.http import Request
from shared_validator.validators.protocol_request import ProtocolRequest

PROMPTS = ("none", "login", "consent", "select_account")

SIGN_IN = frozenset({"login", "select_account"})
"""The prompts that a new sign-in fulfils. Only its form lets the user select an account."""


def prompts(asked: ProtocolRequest) -> frozenset[str]:
    """Return the values of ``prompt``.

    Raises:
        InvalidRequestError: a value is unknown, or ``none`` is not the only one.
    """
    wanted = frozenset((asked.prompt or "").split())
    if not wanted <= set(PROMPTS) or ("none" in wanted and len(wanted) > 1):
        raise InvalidRequestError(
            "The prompt is none, or some of login, consent and select_account."
        )
    return wanted


def must_sign_in(
    asked: ProtocolRequest, visitor: Visitor, hint: Mapping[str, Any] | None, now: int
) -> bool:
    """Return whether the visitor has to sign in before the request is answered.

    Args:
        asked: a validated authorization request.
        visitor: the visitor.
        hint: the claims of the ``id_token_hint``, if there is one.
        now: the time, in seconds since 1970.

    Raises:
        InvalidRequestError: ``max_age`` is not a number.
    """
    if asked.max_age and not (
        asked.max_age.isascii() and asked.max_age.isdigit() and len(asked.max_age) <= 10
    ):
        raise InvalidRequestError("The max_age is a number of seconds.")
    if visitor.user_id is None or SIGN_IN & prompts(asked):
        return True
    # Zero means the same as prompt=login: no earlier sign-in is recent enough.
    if asked.max_age and (int(asked.max_age) == 0 or now - visitor.auth_time > int(asked.max_age)):
        return True
    return hint is not None and hint["sub"] != visitor.user_id


def after_sign_in(request: Request) -> str:
    """Return the local path of the request, without the parameters that the sign-in fulfils."""
    left: list[tuple[str, str]] = []
    for name, value in request.query:
        if name == "prompt":
            value = " ".join(word for word in value.split() if word not in SIGN_IN)  # noqa: PLW2901 - the rest of the prompt goes on
        if value and (name, value) != ("max_age", "0"):
            left.append((name, value))
    return f"{request.path}?{urlencode(left)}"
