"""The setup of both applications: the session, the pages and the errors."""

from contextlib import asynccontextmanager
from functools import partial
from http import HTTPStatus
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.responses import Response
from starlette.routing import Route
from starlette.templating import Jinja2Templates

from shared_validator import HTTPProblem, http, pages, respond, session_secret
from shared_validator.edge import sessions
from shared_validator.edge.mount import current_request

templates = Jinja2Templates(Path(__file__).parent / "templates")
# A file in templates/ replaces a shared page.
templates.env.loader = pages.override(templates.env.loader)
pages.install(templates.env)


class CSRFMiddleware:
    """Refuses a form that does not come from one of our pages."""

    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        sessions.check_csrf(current_request(scope), scope["session"])
        await self.app(scope, receive, send)


# The route of a page. The API uses `Route`: it ignores cookies.
PageRoute = partial(Route, middleware=[Middleware(CSRFMiddleware)])


def new_app(settings, store, session_cookie, routes):
    """Return an application with sessions and error pages, which closes its store."""

    @asynccontextmanager
    async def lifespan(app):
        yield
        store.close()

    session = Middleware(
        SessionMiddleware,
        secret_key=session_secret(),
        session_cookie=session_cookie,
        path=settings.base_path or "/",
        https_only=settings.is_secure,
    )
    errors = {HTTPProblem: problem, HTTPException: error_page, Exception: crash}
    app = Starlette(
        routes=routes,
        middleware=[session],
        exception_handlers=errors,
        lifespan=lifespan,
    )
    # Starlette would redirect to a URL that it makes from the `Host` header.
    app.router.redirect_slashes = False
    return app


def received(request) -> http.Request:
    """Return the request as it arrived: OAuth 1.0a signs its URL and its form."""
    return current_request(request.scope)


def send(response: http.Response):
    """Return a response that is sent unchanged: `RedirectResponse` may quote it."""
    unchanged = Response(response.body, response.status)
    for name, value in response.headers:
        unchanged.headers.append(name, value)
    return unchanged


def page(request, template, context, status=200):
    """Render a page with the CSRF token for its forms."""
    token = sessions.csrf_token(request.session)
    context = {"csrf_input": pages.csrf_input(token), **context}
    return render(request, template, context, status)


def render(request, template, context, status, headers=None):
    """Render a template, kept out of frames and caches."""
    headers = {**dict(pages.SECURITY_HEADERS), **(headers or {})}
    return templates.TemplateResponse(request, template, context, status, headers)


async def problem(request, error: HTTPProblem):
    """Show the page of a problem that `shared_validator` raises."""
    return send(respond(error, page=True))


async def error_page(request, error: HTTPException):
    """Show Starlette's own errors as pages. The headers of a 405 name the methods."""
    status = HTTPStatus(error.status_code)
    context = {"title": status.phrase, "detail": status.description}
    return render(request, "error.html", context, status, error.headers)


async def crash(request, error: Exception):
    """Show a page without details. The server logs the error."""
    return await error_page(request, HTTPException(500))
