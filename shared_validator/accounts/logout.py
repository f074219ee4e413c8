"""Signing out at an application's request: OpenID Connect RP-Initiated Logout 1.0."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from shared_validator import events, pages
from shared_validator.context import Context
from shared_validator.edge.sessions import Visitor
from shared_validator.flows import allowed
from shared_validator.http import BadRequest, Request, Response, redirect, single, with_parameters
from shared_validator.pages import gettext as _
from shared_validator.store import Client

VerifyHint = Callable[[str], Mapping[str, Any] | None]


@dataclass(frozen=True, kw_only=True)
class LogoutRequest:
    """A logout request: the application, and where to send the browser afterwards.

    Both may be unknown.
    """

    client: Client | None
    location: str | None


class RPInitiatedLogout:
    """Answers ``/oauth2/logout``.

    It always asks the user. Otherwise any site could sign users out with a link or an image. The
    mount turns a POST from an application's own site into a GET (§2).

    Args:
        context: the parts of the provider.
        verify_hint: returns the claims of an ID token that this server signed, expired or not;
            otherwise ``None``.
    """

    def __init__(self, context: Context, verify_hint: VerifyHint) -> None:
        self._context = context
        self._verify_hint = verify_hint

    def __call__(self, request: Request, visitor: Visitor) -> Response:
        """Show the question (GET), or end the session and send the browser back (POST with ``decision``).

        Raises:
            BadRequest: the request must not be answered by a redirect (§4).
        """
        asked = self._asked(request)
        if request.method != "POST":
            csrf_input = pages.csrf_input(visitor.csrf_token)
            return pages.render(
                "logout.html",
                client_name=asked.client.client_name if asked.client else None,
                csrf_input=csrf_input,
            )
        if not allowed(request):
            return redirect(self._context.path("/account"), 303)
        user_id = visitor.user_id
        visitor.log_out()
        events.report(
            "signed_out", user=user_id, client_id=asked.client.client_id if asked.client else None
        )
        return redirect(asked.location, 303) if asked.location else pages.render("signed_out.html")

    def _asked(self, request: Request) -> LogoutRequest:
        parameters = (*request.query, *request.form)
        client = self._client(single(parameters, "id_token_hint"), single(parameters, "client_id"))
        uri, state = single(parameters, "post_logout_redirect_uri"), single(parameters, "state")
        if not uri:
            return LogoutRequest(client=client, location=None)
        # Only a registered client can vouch for the URI (§3).
        if client is None or uri not in client.post_logout_redirect_uris:
            raise BadRequest(
                _("the post_logout_redirect_uri is not registered for this application")
            )
        return LogoutRequest(
            client=client, location=with_parameters(uri, [("state", state)]) if state else uri
        )

    def _client(self, hint: str | None, client_id: str | None) -> Client | None:
        if hint:
            client_id = self._audience(hint, client_id)
        if not client_id:
            return None
        client = self._context.store.client(client_id)
        if client is None:
            raise BadRequest(_("the application is unknown"))
        return client

    def _audience(self, hint: str, client_id: str | None) -> str:
        claims = self._verify_hint(hint)
        if claims is None:
            raise BadRequest(_("the id_token_hint was not issued here"))
        audience: str = claims["aud"]
        if client_id and client_id != audience:
            raise BadRequest(_("the id_token_hint was issued to another application"))
        return audience
