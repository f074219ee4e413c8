"""An application in FastAPI whose users sign in elsewhere."""

import os
import secrets
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Any

import httpx2
from fastapi import Depends, FastAPI, Form, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.templating import Jinja2Templates
from jinja2 import Environment, FileSystemLoader, select_autoescape
from starlette.exceptions import HTTPException
from starlette.middleware.sessions import SessionMiddleware
from starlette.routing import Match

from dependencies import (
    CurrentLogin,
    FormOutOfDate,
    NotesAPI,  # feature: notes
    NotSignedIn,
    RequiredLogin,
    check_csrf,
    consumer,
    known_provider,
    settings,
    store,
)
from shared_validator import http, pages
from shared_validator.consumer import ConsumerError, api_failure

app = FastAPI(openapi_url=None, redirect_slashes=False, max_body_size=1024 * 1024)
app.add_middleware(
    SessionMiddleware,
    secret_key=os.environ["SESSION_SECRET"],
    session_cookie="consumer_session",  # cookies ignore ports: a provider on this host needs another name
    https_only=settings.url.startswith("https:"),
)

# A file in templates/ takes the place of a shared page.
env = Environment(loader=pages.override(FileSystemLoader(Path(__file__).parent / "templates")), autoescape=select_autoescape())
pages.install(env)
templates = Jinja2Templates(env=env)

GET = ["GET", "HEAD"]  # `app.get` alone does not answer HEAD
FORM = [Depends(check_csrf)]


def to_fastapi(response: http.Response) -> Response:
    """Return a response that is sent as it stands: `RedirectResponse` would quote the URL again."""
    sent = Response(response.body, response.status)
    for name, value in response.headers:
        sent.headers.append(name, value)
    return sent


def page(request: Request, template: str, status: int = 200, **shown: Any) -> Response:
    """Render a page with the CSRF token for its forms, and with the headers that keep it out of frames."""
    shown["csrf_input"] = pages.csrf_input(request.session.setdefault("csrf_token", secrets.token_urlsafe()))
    return templates.TemplateResponse(request, template, shown, status, dict(pages.SECURITY_HEADERS))


@app.api_route("/", methods=GET)
def home(request: Request, login: CurrentLogin) -> Response:
    return page(request, "consumer_home.html", providers=consumer.providers, login=login)


@app.post("/login/{provider}", dependencies=FORM)
async def login(request: Request, provider: Annotated[str, Depends(known_provider)]) -> Response:
    """Send the browser to the provider. The attempt belongs to this browser: nobody else's answer ends it."""
    browser = request.session.setdefault("browser", secrets.token_urlsafe())
    return to_fastapi(http.redirect(await consumer.start(provider, browser)))


@app.api_route("/callback/{provider}", methods=GET)
async def callback(request: Request, provider: Annotated[str, Depends(known_provider)]) -> Response:
    """Take what the provider has sent, and begin a new session for the user it names."""
    browser = request.session.get("browser", "")
    login = await consumer.finish(provider, http.Request.from_asgi(request.scope, b""), browser)
    request.session.clear()
    request.session.update(browser=browser, login_id=login.login_id)  # a second tab may still be under way
    return to_fastapi(http.redirect("/profile"))


@app.api_route("/profile", methods=GET)
def profile(request: Request, login: RequiredLogin) -> Response:
    return page(request, "consumer_profile.html", providers=consumer.providers, login=login, claims=login.claims)


# feature: notes (begin)
@app.api_route("/notes", methods=GET)
async def notes(request: Request, api: NotesAPI) -> Response:
    """Read the user's notes through the API."""
    return await notes_page(request, api)


@app.post("/notes", dependencies=FORM)
async def add_note(request: Request, api: NotesAPI, text: Annotated[str, Form()] = "") -> Response:
    """Write a note through the API: as a form, which OAuth 1.0a signs as it stands (RFC 5849 §3.4.1.3)."""
    answer = await api.post("/api/notes", data={"text": text})
    if answer.status_code == 400:
        return await notes_page(request, api, 400, text, answer.json()["error_description"])
    answer.raise_for_status()
    return to_fastapi(http.redirect("/notes", 303))


async def notes_page(request: Request, api: httpx2.AsyncClient, status: int = 200, text: str = "", error: str | None = None) -> Response:
    answer = (await api.get("/api/notes")).raise_for_status()
    return page(request, "consumer_notes.html", status, notes=answer.json()["notes"], text=text, error=error)


# feature: notes (end)
@app.post("/logout", dependencies=FORM)
async def logout(request: Request) -> Response:
    """End the session here, and go on to the provider's sign-out page where it has one."""
    login_id = request.session.get("login_id")
    request.session.clear()
    return to_fastapi(http.redirect((login_id and await consumer.log_out(login_id)) or "/", 303))


@app.api_route("/static/style.css", methods=GET)
def stylesheet(request: Request) -> Response:
    return to_fastapi(pages.stylesheet(http.Request.from_asgi(request.scope, b"")))


@app.api_route("/healthz", methods=GET)
def healthz() -> dict[str, str]:
    """It is no coroutine, so it runs in the threadpool and may wait for the store."""
    store.ping()
    return {"status": "ok"}


@app.exception_handler(ConsumerError)
def sign_in_failed(request: Request, error: ConsumerError) -> Response:
    status = 400 if request.scope["endpoint"] is callback else 502
    return page(request, "consumer_error.html", status, title="The sign-in has failed", detail=str(error))


@app.exception_handler(httpx2.HTTPError)
def api_failed(request: Request, error: httpx2.HTTPError) -> Response:
    return page(request, "consumer_error.html", 502, title="Your data cannot be reached", detail=str(api_failure(error)))


@app.exception_handler(NotSignedIn)
def not_signed_in(request: Request, error: NotSignedIn) -> Response:
    return to_fastapi(http.redirect("/"))


@app.exception_handler(FormOutOfDate)
@app.exception_handler(RequestValidationError)  # a file where a text should be
def form_out_of_date(request: Request, error: Exception) -> Response:
    return to_fastapi(pages.out_of_date())


def methods_of(request: Request) -> str:
    """Return what a path takes: the router itself names the methods of one path operation, and a path may have two."""
    found = [
        name
        for name in ("GET", "HEAD", "POST")
        if any(route.matches({**request.scope, "method": name})[0] == Match.FULL for route in app.routes)
    ]
    return ", ".join(found)


@app.exception_handler(HTTPException)
def error_page(request: Request, error: HTTPException) -> Response:
    headers = dict(pages.SECURITY_HEADERS) | ({"Allow": methods_of(request)} if "Allow" in (error.headers or {}) else {})
    status = HTTPStatus(error.status_code)
    return templates.TemplateResponse(request, "error.html", {"title": status.phrase, "detail": status.description}, status, headers)


@app.exception_handler(Exception)
def crash(request: Request, error: Exception) -> Response:
    """Show that something went wrong, and no more; the server logs what it was."""
    return error_page(request, HTTPException(500))
