"""What path operations are handed: the raw request, who is looking at a page, and the token of an API call."""

import secrets
import time
from typing import Annotated

from fastapi import Depends, Request, Response
from fastapi.security import OAuth2AuthorizationCodeBearer, SecurityScopes

from shared_validator import http, pages
from shared_validator.provider import Provider
from shared_validator.resource import Token
from shared_validator.settings import Settings
from shared_validator.store import User
from shared_validator.store.sql import SQLStore

settings = Settings.from_environ()
store = SQLStore.from_environ()
provider = Provider(settings, store, scopes={"notes:read": "Read your notes", "notes:write": "Write notes for you"})


async def incoming_request(request: Request) -> http.Request:
    """Return the request as it arrived: `request.url` and a parsed form would no longer be what was signed."""
    return http.Request.from_asgi(request.scope, await request.body())


Incoming = Annotated[http.Request, Depends(incoming_request)]


def to_fastapi(response: http.Response) -> Response:
    """Return a response that is sent as it stands: `RedirectResponse` would quote the URL again."""
    sent = Response(response.body, response.status)
    for name, value in response.headers:
        sent.headers.append(name, value)
    # Swagger UI signs in in a second window, and a browser parts the two at the first answer there, a redirect included, without this.
    sent.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    return sent


class SessionVisitor:
    """Who is looking at a page, as Starlette's session knows them."""

    def __init__(self, request: Request) -> None:
        self._session = request.session

    @property
    def user_id(self) -> str | None:
        return self._session.get("user_id")

    @property
    def auth_time(self) -> int:
        return self._session.get("auth_time", 0)

    @property
    def csrf_token(self) -> str:
        return self._session.setdefault("csrf_token", secrets.token_urlsafe())

    def log_in(self, user: User) -> None:
        """Begin a new session, so that nobody goes on in one that somebody else has prepared (session fixation)."""
        self._session.clear()
        self._session.update(user_id=user.user_id, auth_time=int(time.time()))

    def log_out(self) -> None:
        self._session.clear()


Visitor = Annotated[SessionVisitor, Depends()]


class FormOutOfDate(Exception):
    """A form has come without the CSRF token of its visitor's session."""


def check_csrf(request: Request, incoming: Incoming) -> None:
    """Refuse a form that does not come from a page of ours."""
    # Only looked up: a token made here would be a new session, and another site's form, sent without our cookie, would sign people out.
    known = request.session.get("csrf_token")
    try:
        ours = incoming.method != "POST" or pages.csrf_valid(incoming, known)
    except http.BadRequest:
        ours = False
    if not ours:
        raise FormOutOfDate


class Refused(Exception):
    """A call of the API is refused; the response says why."""

    def __init__(self, response: http.Response) -> None:
        self.response = response


# It describes in the OpenAPI document how to get a token. The check is below, since an OAuth 1.0a signature is welcome too.
oauth2_scheme = OAuth2AuthorizationCodeBearer(
    authorizationUrl=f"{settings.issuer}/oauth2/authorize",
    tokenUrl=f"{settings.issuer}/oauth2/token",
    refreshUrl=f"{settings.issuer}/oauth2/token",
    scopes=dict(provider.context.scopes),
    auto_error=False,
)


def current_token(needed: SecurityScopes, incoming: Incoming, _bearer: Annotated[str | None, Depends(oauth2_scheme)]) -> Token:
    """Return the token of an API call. Raises `Refused`, where it does not have the scope too."""
    checked = provider.check(incoming, needed.scope_str)
    if isinstance(checked, http.Response):
        raise Refused(checked)
    return checked
