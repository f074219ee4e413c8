"""{{ cookiecutter.description.removesuffix('.') }}."""

import os
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path

from fastapi import APIRouter, Depends, FastAPI, Request, Response
from fastapi.templating import Jinja2Templates
from jinja2 import Environment, FileSystemLoader, select_autoescape
from starlette.exceptions import HTTPException
from starlette.middleware.sessions import SessionMiddleware
from starlette.routing import Match

import api
import docs
from dependencies import FormOutOfDate, Incoming, Refused, SessionVisitor, Visitor, check_csrf, provider, settings, to_fastapi
from shared_validator import context, http, pages
from shared_validator.flows.device import DeviceFlow
from shared_validator.flows.oauth1 import OAuth1Flow
from shared_validator.flows.oauth2 import AuthorizationFlow

app = FastAPI(title="{{ cookiecutter.project_name }}", docs_url=None, redoc_url=None, redirect_slashes=False, max_body_size=1024 * 1024)
app.add_middleware(
    SessionMiddleware,
    secret_key=os.environ["SESSION_SECRET"],
    session_cookie="provider_session",  # cookies ignore ports: a consumer on this host needs another name
    https_only=settings.issuer.startswith("https:"),
)

# A file in templates/ takes the place of a shared page.
env = Environment(loader=pages.override(FileSystemLoader(Path(__file__).parent / "templates")), autoescape=select_autoescape())
pages.install(env)
templates = Jinja2Templates(env=env)

machines = APIRouter(include_in_schema=False)  # what no browser's form calls, and no cookie opens
people = APIRouter(include_in_schema=False, dependencies=[Depends(check_csrf)])


def machine_operation(endpoint: context.Endpoint) -> Callable[..., Response]:
    """Return the path operation of an endpoint. It is no coroutine, so it runs in the threadpool and may wait for the store."""

    def operation(incoming: Incoming) -> Response:
        return to_fastapi(endpoint.handler(incoming))

    return operation


def page_operation(page: context.Page) -> Callable[..., Response]:
    def operation(incoming: Incoming, visitor: Visitor) -> Response:
        return to_fastapi(page.handler(incoming, visitor))

    return operation


for endpoint in provider.endpoints:
    machines.add_api_route(endpoint.path, machine_operation(endpoint), name=endpoint.name, methods=list(endpoint.methods))
for page in provider.pages:
    people.add_api_route(page.path, page_operation(page), name=page.name, methods=list(page.methods))


def decide(
    flow: AuthorizationFlow | OAuth1Flow | DeviceFlow, template: str, request: Request, incoming: http.Request, visitor: SessionVisitor
) -> Response:
    """Show what a flow asks the signed-in user, or send what takes its place: sign in first, refused, agreed, denied."""
    step = flow.answer if request.method == "POST" else flow.question
    outcome = step(incoming, visitor)
    if isinstance(outcome, http.Response):
        return to_fastapi(outcome)
    shown = {"question": outcome, "csrf_input": pages.csrf_input(visitor.csrf_token)}
    return templates.TemplateResponse(request, template, shown, headers=dict(pages.SECURITY_HEADERS))


@people.api_route("/oauth2/authorize", methods=["GET", "HEAD", "POST"])
def authorize(request: Request, incoming: Incoming, visitor: Visitor) -> Response:
    """Ask whether an OAuth 2 client may act for the user, and send them back with a code or with `access_denied`."""
    return decide(provider.oauth2, "consent.html", request, incoming, visitor)


@people.api_route("/oauth1/authorize", methods=["GET", "HEAD", "POST"])
def authorize_oauth1(request: Request, incoming: Incoming, visitor: Visitor) -> Response:
    """Ask whether an OAuth 1.0a consumer may act for the user, and send them back with a verifier."""
    return decide(provider.oauth1, "oauth1_consent.html", request, incoming, visitor)


@people.api_route("/device", methods=["GET", "HEAD", "POST"])
def device(request: Request, incoming: Incoming, visitor: Visitor) -> Response:
    """Ask for the code that a device shows, then whether the device may act for the user."""
    return decide(provider.device, "device.html", request, incoming, visitor)


for router in (machines, people, api.router, docs.router):
    app.include_router(router)


@app.exception_handler(Refused)
def refused(request: Request, error: Refused) -> Response:
    return to_fastapi(error.response)


@app.exception_handler(http.BadRequest)
def bad_request(request: Request, error: http.BadRequest) -> Response:
    return to_fastapi(http.invalid_request(str(error)))


@app.exception_handler(FormOutOfDate)
def form_out_of_date(request: Request, error: FormOutOfDate) -> Response:
    return to_fastapi(pages.out_of_date())


def methods_of(request: Request) -> str:
    """Return what a path takes: the router itself names the methods of one path operation, and `/api/notes` has two."""
    known = ("GET", "HEAD", "POST", "OPTIONS")
    return ", ".join(
        method for method in known if any(route.matches({**request.scope, "method": method})[0] == Match.FULL for route in app.routes)
    )


@app.exception_handler(HTTPException)
def error_page(request: Request, error: HTTPException) -> Response:
    headers = dict(pages.SECURITY_HEADERS) | ({"Allow": methods_of(request)} if "Allow" in (error.headers or {}) else {})
    status = HTTPStatus(error.status_code)
    shown = {"title": status.phrase, "detail": status.description}
    return templates.TemplateResponse(request, "error.html", shown, error.status_code, headers)


@app.exception_handler(Exception)
def crash(request: Request, error: Exception) -> Response:
    """Show that something went wrong, and no more; the server logs what it was."""
    return error_page(request, HTTPException(500))
