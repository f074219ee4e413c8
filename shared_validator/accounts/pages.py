"""The account pages that every provider has: sign in, sign out, and what the user has allowed."""

from __future__ import annotations

import math

from shared_validator import events, pages
from shared_validator.accounts.local_path import local_path
from shared_validator.accounts.logout import RPInitiatedLogout, VerifyHint
from shared_validator.accounts.sign_in import Refusal, sign_in
from shared_validator.context import Context
from shared_validator.edge.routes import Page
from shared_validator.edge.sessions import Visitor
from shared_validator.flows import sign_in_first, signed_in_user
from shared_validator.http import BadRequest, Request, Response, redirect, single
from shared_validator.pages import gettext as _
from shared_validator.store import User

METHODS = ("GET", "HEAD", "POST")

PER_PAGE = 50
"""How many applications a page of the account shows."""


def account_pages(context: Context, verify_hint: VerifyHint) -> tuple[Page, ...]:
    """Return the account pages, to mount behind the application's CSRF check.

    Args:
        context: the parts of the provider.
        verify_hint: returns the claims of an ID token that this server signed, expired or not;
            otherwise ``None``.
    """
    account = _AccountPages(context)
    return (
        Page("login", "/login", METHODS, account.login),
        Page("logout", "/logout", METHODS, account.logout),
        Page("account", "/account", METHODS, account.account),
        Page("oauth2_logout", "/oauth2/logout", METHODS, RPInitiatedLogout(context, verify_hint)),
    )


def _required(request: Request, name: str) -> str:
    value = single(request.form, name)
    if value is None:
        raise BadRequest(_("a field of the form is missing"))
    return value


def _page_number(request: Request) -> int:
    text = single(request.query, "page") or "1"
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise BadRequest(_("the page is not a number"))
    return max(1, int(text))


class _AccountPages:
    def __init__(self, context: Context) -> None:
        self._context = context

    def login(self, request: Request, visitor: Visitor) -> Response:
        """Sign in, and go to ``next``.

        A visitor who is signed in gets the form too: a client may request a new sign-in.
        """
        target = local_path(single(request.query, "next")) or self._context.path("/account")
        if request.method != "POST":
            return _login_form(visitor, single(request.query, "login_hint") or "")
        username, password = _required(request, "username"), _required(request, "password")
        match sign_in(self._context, username, password, request.remote_addr):
            case Refusal.WRONG:
                # 422, since 401 would have to name an HTTP authentication scheme (RFC 9110 §15.5.2).
                return _login_form(
                    visitor, username, _("The user name or the password is wrong."), 422
                )
            case Refusal.LIMITED:
                return self._limited(visitor, username)
            case user:
                visitor.log_in(user)
                return redirect(target, 303)

    def _limited(self, visitor: Visitor, username: str) -> Response:
        form = _login_form(
            visitor, username, _("Too many tries. Wait a while, then try again."), 429
        )
        # The wait is at most the whole window (RFC 6585 §4).
        return Response(
            form.status,
            (*form.headers, ("Retry-After", str(self._context.settings.login_window_seconds))),
            form.body,
        )

    def logout(self, request: Request, visitor: Visitor) -> Response:
        """Ask, then end the session: a link, an image or a prefetch must not sign the user out."""
        if request.method != "POST":
            return pages.render(
                "logout.html", client_name=None, csrf_input=pages.csrf_input(visitor.csrf_token)
            )
        if single(request.form, "decision") == "deny":
            return redirect(self._context.path("/account"), 303)
        user_id, everywhere = visitor.user_id, single(request.form, "everywhere") is not None
        visitor.log_out(everywhere=everywhere)
        events.report("signed_out", user=user_id, reason="everywhere" if everywhere else None)
        return pages.render("signed_out.html")

    def account(self, request: Request, visitor: Visitor) -> Response:
        """Show the applications that the user let in, and remove one."""
        user = signed_in_user(self._context, visitor)
        if user is None:
            raise sign_in_first(self._context, self._context.path("/account"))
        if request.method == "POST":
            self._revoke(request, user)
            return redirect(self._context.path("/account"), 303)
        found = self._context.store.applications(user.user_id)
        last = max(1, math.ceil(len(found) / PER_PAGE))
        number = min(_page_number(request), last)
        # A scope that is no longer offered has no description.
        applications = [
            (application, [self._context.scopes.get(scope, scope) for scope in application.scope])
            for application in found[(number - 1) * PER_PAGE : number * PER_PAGE]
        ]
        return pages.render(
            "account.html",
            user=user,
            applications=applications,
            number=number,
            last=last,
            csrf_input=pages.csrf_input(visitor.csrf_token),
        )

    def _revoke(self, request: Request, user: User) -> None:
        client_id = _required(request, "client_id")
        match _required(request, "protocol"):
            case "oauth2":
                self._context.store.revoke_client(user.user_id, client_id)
            case "oauth1":
                self._context.store.revoke_oauth1_consumer(user.user_id, client_id)
            case _unknown:
                raise BadRequest(_("the protocol is neither oauth2 nor oauth1"))
        events.report("consent_removed", client_id=client_id, user=user.user_id)


def _login_form(
    visitor: Visitor, username: str, error: str | None = None, status: int = 200
) -> Response:
    csrf_input = pages.csrf_input(visitor.csrf_token)
    return pages.render("login.html", status, username=username, error=error, csrf_input=csrf_input)
