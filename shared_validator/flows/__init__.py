"""The consent pages: each flow asks the user a question, and turns the answer into a response."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from shared_validator.context import Context
from shared_validator.edge.sessions import Visitor
from shared_validator.http import BadRequest, Refused, Request, redirect, single
from shared_validator.pages import gettext as _
from shared_validator.store import User


@dataclass(frozen=True, kw_only=True)
class Question:
    """The content of a consent page.

    Args:
        client_name: the name that the client registered. It is not trusted, so escape it.
        redirect_host: the host that gets the answer, for the user to recognise; ``None`` if there
            is no redirect.
        scopes: the requested scopes, with their descriptions.
        user: the user who is asked.
        user_code: the code that a device shows (RFC 8628 §3.3), or ``None``.
    """

    client_name: str
    redirect_host: str | None
    scopes: tuple[tuple[str, str], ...]
    user: User
    user_code: str | None = None


def allowed(request: Request) -> bool:
    """Return whether the form field ``decision`` is ``allow``.

    Raises:
        BadRequest: it is neither ``allow`` nor ``deny``.
    """
    decision = single(request.form, "decision")
    if decision not in ("allow", "deny"):
        raise BadRequest(_("the decision is neither allow nor deny"))
    return decision == "allow"


def signed_in_user(context: Context, visitor: Visitor) -> User | None:
    """Return the signed-in user, or ``None``."""
    return context.store.user(visitor.user_id) if visitor.user_id else None


def sign_in_first(context: Context, back: str, login_hint: str | None = None) -> Refused:
    """Return the exception that sends the browser to the sign-in page, and then back to a path."""
    parameters = {"next": back} | ({"login_hint": login_hint} if login_hint else {})
    return Refused(redirect(f"{context.path('/login')}?{urlencode(parameters)}"))
