"""{{ cookiecutter.description.removesuffix('.') }}."""

import os
import time

from pyramid.config import Configurator
from pyramid.view import exception_view_config, view_config
from pyramid.viewderivers import VIEW

from shared_validator import http, notes, pages
from shared_validator.provider import Provider
from shared_validator.settings import Settings
from shared_validator.store.sql import SQLStore

settings = Settings.from_environ()
store = SQLStore.from_environ()
provider = Provider(settings, store, scopes={"notes:read": "Read your notes", "notes:write": "Write notes for you"})


def decide(request, flow):
    """Return what a flow asks the signed-in user, or what takes its place: sign in first, refused, agreed, denied."""
    step = flow.answer if request.method == "POST" else flow.question
    outcome = step(request.received, request.visitor)
    if isinstance(outcome, http.Response):
        return outcome
    return {"question": outcome, "csrf_input": pages.csrf_input(request.visitor.csrf_token)}


@view_config(route_name="oauth2_authorize", request_method=("GET", "POST"), renderer="consent.html")
def authorize(request):
    """Ask whether an OAuth 2 client may act for the user, and send them back with a code or with `access_denied`."""
    return decide(request, provider.oauth2)


@view_config(route_name="oauth1_authorize", request_method=("GET", "POST"), renderer="oauth1_consent.html")
def authorize_oauth1(request):
    """Ask whether an OAuth 1.0a consumer may act for the user, and send them back with a verifier."""
    return decide(request, provider.oauth1)


@view_config(route_name="device", request_method=("GET", "POST"), renderer="device.html")
def device(request):
    """Ask for the code that a device shows, then whether the device may act for the user."""
    return decide(request, provider.device)


def scope_view(view, info):
    """Let a view with the option `scope` be called with a token that has this scope, which it finds as `request.token`."""
    scope = info.options.get("scope")

    def checked(context, request):
        request.token = provider.check(request.received, scope)
        return request.token if isinstance(request.token, http.Response) else view(context, request)

    return checked if scope else view


scope_view.options = ("scope",)


@view_config(route_name="me", request_method="GET", scope="profile", require_csrf=False, renderer="json")
def me(request):
    return provider.claims(request.token)


@view_config(route_name="notes", request_method="GET", scope="notes:read", require_csrf=False, renderer="json")
def list_notes(request):
    return {"notes": [notes.as_json(note) for note in store.notes(request.token.subject)]}


@view_config(route_name="notes", request_method="POST", scope="notes:write", require_csrf=False, renderer="json")
def add_note(request):
    request.response.status_int = 201
    return notes.as_json(store.add_note(request.token.subject, notes.read_text(request.received), int(time.time())))


@exception_view_config(http.BadRequest)
def malformed(error, request):
    return http.invalid_request(str(error))


def machine(endpoint):
    """Return the view of a route that only machines call."""
    return lambda request: endpoint.handler(request.received)


def account_page(page):
    """Return the view of a page that every provider shares."""
    return lambda request: page.handler(request.received, request.visitor)


with Configurator(
    settings={
        "jinja2.directories": ["templates", "shared_validator.pages:templates"],
        "session.secret": os.environ["SESSION_SECRET"],
        "session.secure": settings.issuer.startswith("https:"),
    }
) as config:
    config.include("adapter")
    config.include("errors")
    config.include("security")
    config.add_view_deriver(scope_view, under="rendered_view", over=VIEW)

    for endpoint in provider.endpoints:
        config.add_route(endpoint.name, endpoint.path)
        config.add_view(machine(endpoint), route_name=endpoint.name, request_method=endpoint.methods, require_csrf=False)
    for page in provider.pages:
        config.add_route(page.name, page.path)
        config.add_view(account_page(page), route_name=page.name, request_method=page.methods)
    config.add_route("oauth2_authorize", "/oauth2/authorize")
    config.add_route("oauth1_authorize", "/oauth1/authorize")
    config.add_route("device", "/device")
    config.add_route("me", "/api/me")
    config.add_route("notes", "/api/notes")
    config.scan()

    config.include("pyramid_jinja2")
    config.add_jinja2_renderer(".html")
    config.commit()
    environment = config.get_jinja2_environment(".html")
    pages.install(environment)
    pages.override(environment.loader)  # a file in templates/ takes the place of a shared page, wherever it is rendered

app = config.make_wsgi_app()
