"""Middleware for the pages of a provider or a consumer in a Django project."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth import logout
from django.core import exceptions
from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.template import engines
from django.utils.translation import gettext as _

from shared_validator import pages
from shared_validator.django.provider import provider
from shared_validator.django.views import ExactResponse
from shared_validator.edge.refusals import MethodNotAllowed, respond
from shared_validator.edge.sessions import SESSION_ID
from shared_validator.http import BadRequest, HTTPProblem
from shared_validator.store.errors import StoreUnavailable
from shared_validator.store.unavailable import is_unavailable

GetResponse = Callable[[HttpRequest], HttpResponse]
View = Callable[..., HttpResponse]

ADMIN_POLICY = "default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
"""The admin site has its own scripts and styles, all from this host."""


class PageMiddleware:
    """Adds the headers that keep pages out of frames, and answers each ``HTTPProblem``.

    The answer is JSON if the view is exempt from the CSRF check, because only machines call such
    views; otherwise it is a page. Put it before ``SessionMiddleware``.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response
        engines.all()  # the project's own templates replace ours from the first request on

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer a request."""
        response = self._get_response(request)
        if response.headers.get("Content-Type", "").startswith("text/html"):
            if getattr(request.resolver_match, "app_name", "") == "admin":
                response.headers.setdefault("Content-Security-Policy", ADMIN_POLICY)
            for name, value in pages.SECURITY_HEADERS:
                response.headers.setdefault(name, value)
        return response

    def process_view(
        self, request: HttpRequest, view: View, args: Any, kwargs: Any
    ) -> HttpResponse | None:
        """Refuse a method that a page does not have, and name the CSRF field as Django does.

        Both come before ``CsrfViewMiddleware``: a PUT has no token, and the pages that every framework
        shares call their field ``csrf_token``.
        """
        view_class = getattr(view, "view_class", None)
        if view_class is not None and request.method not in (allowed := _methods(view_class)):
            return _answer(MethodNotAllowed(allowed), view)
        if request.method != "POST" or _is_for_machines(view):
            return None
        try:
            fields = request.POST.copy()
        except (exceptions.BadRequest, exceptions.SuspiciousOperation, MultiPartParserError):
            # Django's view for a 400 would read the form again and fail.
            return _answer(BadRequest(_("the form cannot be read")), view)
        if "csrf_token" in fields:
            fields["csrfmiddlewaretoken"] = fields.get("csrf_token", "")
            request.POST = fields  # type: ignore[assignment]
        return None

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Return the response to a problem that a view raised; ``None`` for other exceptions.

        If the database is unavailable, errors of the project's own models are answered like
        ``StoreUnavailable`` too.
        """
        if isinstance(exception, Error) and is_unavailable(exception.__cause__):
            exception = StoreUnavailable()
        if not isinstance(exception, HTTPProblem) or request.resolver_match is None:
            return None
        return _answer(exception, request.resolver_match.func)


class SignInMiddleware:
    """Signs out a user whose session in the store has ended. ``request.sign_in`` is that session,
    or ``None``.

    Put it after ``AuthenticationMiddleware``, and import ``shared_validator.django.sign_in`` in
    ``AppConfig.ready()``.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response

    def __call__(self, request: Any) -> HttpResponse:
        """Look up the session once, if the request has a cookie."""
        request.sign_in = None
        if settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated:
            request.sign_in = provider().context.sessions.find(request.session.get(SESSION_ID))
            if request.sign_in is None:
                logout(request)
        return self._get_response(request)


def _methods(view_class: Any) -> tuple[str, ...]:
    names = [name for name in view_class.http_method_names if hasattr(view_class, name)]
    if "get" in names and "head" not in names:
        names.insert(names.index("get") + 1, "head")
    return tuple(name.upper() for name in names)


def _is_for_machines(view: View) -> bool:
    return getattr(view, "csrf_exempt", False)


def _answer(problem: HTTPProblem, view: View) -> HttpResponse:
    return ExactResponse(respond(problem, page=not _is_for_machines(view)))
