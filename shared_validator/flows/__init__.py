"""The pages on which a person decides: each flow asks a question, and turns the answer into a response."""

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
    """What a consent page shows.

    Args:
        client_name: the name that the client registered; written by a stranger, so escape it.
        redirect_host: where the answer goes, for the person to recognise; ``None`` where nobody is redirected.
        scopes: each scope asked for, with the words that explain it.
        user: who is asked.
        user_code: the code that a device shows (RFC 8628 §3.3), else ``None``.
    """

    client_name: str
    redirect_host: str | None
    scopes: tuple[tuple[str, str], ...]
    user: User
    user_code: str | None = None


def allowed(request: Request) -> bool:
    """Say whether the form field ``decision`` is ``allow``. Raises ``BadRequest`` when it is not ``deny`` either."""
    decision = single(request.form, "decision")
    if decision not in ("allow", "deny"):
        raise BadRequest(_("the decision is neither allow nor deny"))
    return decision == "allow"


def signed_in_user(context: Context, visitor: Visitor) -> User | None:
    """Return who is looking at a page, or ``None``."""
    return context.store.user(visitor.user_id) if visitor.user_id else None


def sign_in_first(context: Context, back: str, login_hint: str | None = None) -> Refused:
    """Return the exception that sends the browser to the sign-in page, and from there back to a local path."""
    parameters = {"next": back} | ({"login_hint": login_hint} if login_hint else {})
    return Refused(redirect(f"{context.path('/login')}?{urlencode(parameters)}"))
