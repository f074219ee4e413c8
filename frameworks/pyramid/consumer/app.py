"""An application in Pyramid whose users sign in elsewhere."""

import os
import secrets

import httpx2
from pyramid.config import Configurator
from pyramid.csrf import get_csrf_token
from pyramid.httpexceptions import HTTPNotFound
from pyramid.security import forget, remember
from pyramid.view import exception_view_config, forbidden_view_config, view_config

from shared_validator import http, pages
from shared_validator.consumer import Consumer, ConsumerError, ConsumerSettings, api_failure
from shared_validator.store.sql import SQLStore

settings = ConsumerSettings.from_environ()
store = SQLStore.from_environ()
consumer = Consumer(settings, store)


def csrf_input(request):
    return pages.csrf_input(get_csrf_token(request))


@view_config(route_name="home", request_method="GET", renderer="consumer_home.html")
def home(request):
    return {"providers": consumer.providers, "login": request.identity, "csrf_input": csrf_input(request)}


def chosen_provider(request):
    """Return the configured provider that a path names: the context of the views below."""
    name = request.matchdict["provider"]
    if name not in consumer.providers:
        raise HTTPNotFound
    return consumer.providers[name]


@view_config(route_name="login", request_method="POST")
def login(provider, request):
    """Send the browser to the provider. The attempt belongs to this browser: nobody else's answer ends it."""
    browser = request.session.setdefault("browser", secrets.token_urlsafe())
    return http.redirect(consumer.start(provider.name, browser))


@view_config(route_name="callback", request_method="GET")
def callback(provider, request):
    """Take what the provider has sent, and begin a new session for the user it names."""
    login = consumer.finish(provider.name, request.received, request.session.get("browser", ""))
    remember(request, login.login_id)
    return http.redirect("/profile")


@view_config(route_name="profile", request_method="GET", permission="signed in", renderer="consumer_profile.html")
def profile(request):
    return {"providers": consumer.providers, "login": request.identity, "claims": request.identity.claims}


# feature: notes (begin)
@view_config(route_name="notes", request_method=("GET", "POST"), permission="signed in", renderer="consumer_notes.html")
def notes(request):
    """Read the user's notes through the API, or write one: as a form, which OAuth 1.0a signs as it stands (RFC 5849 §3.4.1.3)."""
    text, error = request.POST.get("text", ""), None
    with consumer.session(request.identity.login_id) as api:
        if request.method == "POST":
            answer = api.post("/api/notes", data={"text": text})
            if answer.is_success:
                return http.redirect("/notes", 303)
            if answer.status_code != 400:
                answer.raise_for_status()
            request.response.status_int, error = 400, answer.json()["error_description"]
        answer = api.get("/api/notes").raise_for_status()
    return {"notes": answer.json()["notes"], "text": text, "error": error, "csrf_input": csrf_input(request)}


# feature: notes (end)
@view_config(route_name="logout", request_method="POST")
def logout(request):
    """End the session here, and go on to the provider's sign-out page where it has one."""
    login_id = request.authenticated_userid
    forget(request)
    return http.redirect((login_id and consumer.log_out(login_id)) or "/", 303)


@view_config(route_name="stylesheet", request_method="GET")
def stylesheet(request):
    return pages.stylesheet(request.received)


@view_config(route_name="healthz", request_method="GET", renderer="json")
def healthz(request):
    store.ping()
    return {"status": "ok"}


@forbidden_view_config()
def sign_in_first(request):
    return http.redirect("/")


@exception_view_config(ConsumerError, renderer="consumer_error.html")
def sign_in_failed(error, request):
    request.response.status_int = 400 if request.matched_route.name == "callback" else 502
    return {"title": "The sign-in has failed", "detail": str(error)}


@exception_view_config(httpx2.HTTPError, renderer="consumer_error.html")
def api_failed(error, request):
    request.response.status_int = 502
    return {"title": "Your data cannot be reached", "detail": str(api_failure(error))}


with Configurator(
    settings={
        "jinja2.directories": ["templates", "shared_validator.pages:templates"],
        "session.secret": os.environ["SESSION_SECRET"],
        "session.secure": settings.url.startswith("https:"),
    }
) as config:
    config.registry["consumer"] = consumer
    config.include("adapter")
    config.include("errors")
    config.include("security")

    config.add_route("home", "/")
    config.add_route("login", "/login/{provider}", factory=chosen_provider)
    config.add_route("callback", "/callback/{provider}", factory=chosen_provider)
    config.add_route("profile", "/profile")
    config.add_route("notes", "/notes")  # feature: notes
    config.add_route("logout", "/logout")
    config.add_route("stylesheet", "/static/style.css")
    config.add_route("healthz", "/healthz")
    config.scan()

    config.include("pyramid_jinja2")
    config.add_jinja2_renderer(".html")
    config.commit()
    environment = config.get_jinja2_environment(".html")
    pages.install(environment)
    pages.override(environment.loader)  # a file in templates/ takes the place of a shared page, wherever it is rendered

app = config.make_wsgi_app()
