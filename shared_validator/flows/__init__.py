"""The consent pages: each flow asks the user a question, and turns the answer into a response."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from shared_validator.context import Context
from shared_validator.edge.sessions import Visitor
from shared_validator.http import BadRequest, Refused, Request, redirect, single
from shared_validator.pages import gettext as _
from shared_validator.store import User
from shared_validator.store.accounts import OWN_API


@dataclass(frozen=True, kw_only=True)
class Question:
    """The content of a consent page.

    Args:
        client_name: the name that the client registered. It is not trusted, so escape it.
        redirect_host: the host that gets the answer, for the user to recognise; ``None`` if there
            is no redirect.
        scopes: the requested scopes, with their descriptions.
        user: the user who is asked.
        resources: the resources at which the client will use the scopes (RFC 8707 §2); empty for
            the provider's own API alone.
        user_code: the code that a device shows (RFC 8628 §3.3), or ``None``.
    """

    client_name: str
    redirect_host: str | None
    scopes: tuple[tuple[str, str], ...]
    user: User
    resources: tuple[str, ...] = ()
    user_code: str | None = None


def consent_resources(context: Context, requested: tuple[str, ...]) -> tuple[str, ...]:
    """Return the resources of a consent, as they are stored, of a request for these resources."""
    issuer = context.settings.issuer
    return tuple(OWN_API[0] if name == issuer else name for name in requested) or OWN_API


def named_resources(context: Context, requested: tuple[str, ...]) -> tuple[str, ...]:
    """Return the resources to name on a consent page: all, unless it is the own API alone."""
    return () if consent_resources(context, requested) == OWN_API else requested


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
