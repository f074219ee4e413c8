"""Adapters between ``shared_validator`` and Django's requests, responses, views and URLs."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from typing import Any

from django.contrib.auth import get_user_model, login, logout
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.urls import URLPattern, path
from django.views import View
from django.views.decorators.csrf import csrf_exempt

from shared_validator import pages
from shared_validator.django.provider import provider
from shared_validator.edge.mount import KEY
from shared_validator.edge.refusals import ServerError, respond
from shared_validator.edge.routes import Endpoint, Page
from shared_validator.http import HTTPProblem, Request, Response
from shared_validator.store import Session, StoreUnavailable, User


def to_request(request: HttpRequest) -> Request:
    """Return a request as it arrived: OAuth 1.0a signs bytes that Django decodes (RFC 5849 §3.4.1).

    Args:
        request: Django's request. Django's test client calls no WSGI application, so the mount has
            not read its requests.
    """
    environ: dict[str, Any] = request.environ  # type: ignore[attr-defined]  # every WSGIRequest has it
    found: Request | None = environ.get(KEY)
    return found or Request.from_wsgi(environ, request.body)


class ExactResponse(HttpResponse):
    """A response that is sent byte for byte.

    Django keeps one header of each name, but a response may have two challenges (RFC 9110 §11.6.1).
    Django's redirects refuse the URL schemes of phone apps.

    Args:
        response: the response to send.
    """

    def __init__(self, response: Response) -> None:
        headers = dict(reversed(response.headers))
        super().__init__(response.body, status=response.status, headers=headers)
        known = self.headers.items()
        self._repeated = [pair for pair in response.headers if pair not in known]

    def items(self) -> Any:
        """Return all headers."""
        return [*super().items(), *self._repeated]


class Visitor:
    """The visitor of a page. ``SignInMiddleware`` has found their session.

    Args:
        request: Django's request.
    """

    def __init__(self, request: HttpRequest) -> None:
        self._request = request
        self._session: Session | None = getattr(request, "sign_in", None)

    @property
    def user_id(self) -> str | None:
        """The ``sub`` of the signed-in user, or ``None``."""
        return self._session.user_id if self._session else None

    @property
    def auth_time(self) -> int:
        """When that user signed in; 0 without a user."""
        return self._session.auth_time if self._session else 0

    @property
    def csrf_token(self) -> str:
        """Django's token for the forms of this visitor."""
        return get_token(self._request)

    def log_in(self, user: User) -> None:
        """Start a new session. The old one ends and its data is deleted."""
        logout(self._request)
        person = get_user_model().objects.get(oauth_subject__sub=user.user_id)
        login(self._request, person)

    def log_out(self, *, everywhere: bool = False) -> None:
        """End the session, or every session of its user."""
        if everywhere and self.user_id:
            provider().context.sessions.end_all(self.user_id)
        logout(self._request)
        self._session = None


class PageView(View):
    """A page that every provider has."""

    page: Any = None

    def get(self, request: HttpRequest) -> HttpResponse:
        """Return the page."""
        return ExactResponse(self.page.answer(to_request(request), Visitor(request)))

    post = get


def endpoint_urls(endpoints: Iterable[Endpoint]) -> list[URLPattern]:
    """Return the URLs of endpoints that only machines call, for ``reverse()`` and Django's test client.

    On a server, the WSGI mount answers them before Django's middleware runs. Their views are exempt
    from the CSRF check, because they ignore cookies.

    Args:
        endpoints: ``provider.endpoints``.
    """
    return [path(one.path[1:], _endpoint_view(one), name=one.name) for one in endpoints]


def page_urls(account_pages: Iterable[Page]) -> list[URLPattern]:
    """Return the URLs of the pages that every provider has.

    Put your own view for one of them, such as ``LoginView``, before these.

    Args:
        account_pages: ``provider.pages``.
    """
    return [
        path(page.path[1:], PageView.as_view(page=page), name=page.name) for page in account_pages
    ]


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form without a valid token: the view for ``CSRF_FAILURE_VIEW``."""
    return ExactResponse(pages.out_of_date())


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer a crash, or a database that a middleware could not reach: ``handler500`` of the URLs.

    Django's own view looks for the CSRF token in the session, which may be the part that failed.
    """
    error = sys.exc_info()[1]
    if isinstance(error, InterfaceError | OperationalError):
        error = StoreUnavailable()
    problem = error if isinstance(error, HTTPProblem) else ServerError()
    return ExactResponse(respond(problem, page=True))


def _endpoint_view(endpoint: Endpoint) -> Callable[[HttpRequest], HttpResponse]:
    @csrf_exempt
    def view(request: HttpRequest) -> HttpResponse:
        return ExactResponse(endpoint.answer(to_request(request)))

    return view
