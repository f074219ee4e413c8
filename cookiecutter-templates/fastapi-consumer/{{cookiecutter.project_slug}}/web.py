"""The setup of both applications: the store, sessions, pages and errors."""

from contextlib import asynccontextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Annotated

from fastapi import Depends, FastAPI, Request, Response
from fastapi.templating import Jinja2Templates
from jinja2 import Environment, FileSystemLoader, select_autoescape
from starlette.exceptions import HTTPException
from starlette.middleware.sessions import SessionMiddleware
from starlette.routing import Match

from shared_validator import HTTPProblem, http, pages, respond, session_secret
from shared_validator.edge import sessions
from shared_validator.edge.mount import current_request

# A file in templates/ replaces a shared page.
own = FileSystemLoader(Path(__file__).parent / "templates")
env = Environment(loader=pages.override(own), autoescape=select_autoescape())
pages.install(env)
templates = Jinja2Templates(env=env)

GET = ["GET", "HEAD"]  # `get` alone does not handle HEAD


@asynccontextmanager
async def lifespan(app: FastAPI):
    yield
    app.state.store.close()


def create_app(settings, store, session_cookie: str, **options) -> FastAPI:
    """Return an application with a store, sessions and error pages."""
    app = FastAPI(redirect_slashes=False, lifespan=lifespan, **options)
    app.state.store = store
    app.add_middleware(
        SessionMiddleware,
        secret_key=session_secret(),
        session_cookie=session_cookie,
        path=settings.base_path or "/",
        https_only=settings.is_secure,
    )
    app.add_exception_handler(HTTPProblem, problem)
    app.add_exception_handler(HTTPException, error_page)
    app.add_exception_handler(Exception, crash)
    return app


async def incoming_request(request: Request) -> http.Request:
    """Return the request as it arrived: OAuth 1.0a signs its URL and its form."""
    return current_request(request.scope)


Incoming = Annotated[http.Request, Depends(incoming_request)]


async def check_csrf(request: Request, incoming: Incoming) -> None:
    """Refuse a form that does not come from one of our pages."""
    sessions.check_csrf(incoming, request.session)


def send(response: http.Response) -> Response:
    """Return a response that is sent unchanged: `RedirectResponse` may quote it."""
    sent = Response(response.body, response.status)
    for name, value in response.headers:
        sent.headers.append(name, value)
    # Swagger UI signs in in a second window. A redirect without this cuts its way back.
    sent.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    return sent


def page(request: Request, template: str, status: int = 200, **context) -> Response:
    """Render a page with the CSRF token for its forms."""
    context["csrf_input"] = pages.csrf_input(sessions.csrf_token(request.session))
    headers = dict(pages.SECURITY_HEADERS)
    return templates.TemplateResponse(request, template, context, status, headers)


async def problem(request: Request, error: HTTPProblem) -> Response:
    """Send the response to a problem that `shared_validator` raises."""
    return send(respond(error, page="API" not in request.scope["route"].tags))


async def error_page(request: Request, error: HTTPException) -> Response:
    headers = dict(pages.SECURITY_HEADERS)
    if error.status_code == 405:
        headers["Allow"] = ", ".join(allowed_methods(request))
    status = HTTPStatus(error.status_code)
    shown = {"title": status.phrase, "detail": status.description}
    return templates.TemplateResponse(request, "error.html", shown, status, headers)


async def crash(request: Request, error: Exception) -> Response:
    """Show a page without details. The server logs the error."""
    return await error_page(request, HTTPException(500))


def allowed_methods(request: Request) -> list[str]:
    """Return the methods of a path, which may have an operation for each."""

    def allows(method: str) -> bool:
        scope = request.scope | {"method": method}
        matches = [route.matches(scope)[0] for route in request.app.routes]
        return Match.FULL in matches

    return [method for method in (*GET, "POST") if allows(method)]
