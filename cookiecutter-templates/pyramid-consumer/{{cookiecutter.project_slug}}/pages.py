"""The pages: sign in, sign out, and the user's data at the provider."""

import httpx2
from pyramid.view import exception_view_config, forbidden_view_config, view_config

from shared_validator import redirect, respond
from shared_validator.consumer import api_failure
from shared_validator.edge.sessions import ConsumerSession


@view_config(route_name="home", request_method="GET", renderer="consumer_home.html")
def home(request):
    shown = {"login": request.identity, "csrf_input": request.csrf_input}
    return shown | {"providers": request.consumer.providers}


@view_config(route_name="login", request_method="POST")
def login(request):
    """Send the browser to the provider. Only this browser can complete the sign-in."""
    browser = ConsumerSession(request.session).browser
    return redirect(request.consumer.start(request.matchdict["provider"], browser))


@view_config(route_name="callback", request_method="GET")
def callback(request):
    """Handle the provider's response, and start a new session for its user."""
    visit, provider = ConsumerSession(request.session), request.matchdict["provider"]
    login = request.consumer.finish(provider, request.received, visit.browser)
    visit.begin(login.login_id)
    return redirect(request.route_path("profile"))


@view_config(
    route_name="profile",
    request_method="GET",
    permission="signed in",
    renderer="consumer_profile.html",
)
def profile(request):
    shown = {"login": request.identity, "claims": request.identity.claims}
    return shown | {"providers": request.consumer.providers}


{% if " own " in cookiecutter.__providers %}@view_config(
    route_name="notes",
    request_method=("GET", "POST"),
    permission="signed in",
    renderer="consumer_notes.html",
)
def notes(request):
    """Read the user's notes through the provider's API, or write one."""
    text, error = request.POST.get("text", ""), None
    with request.consumer.session(request.identity.login_id) as api:
        if request.method == "POST":
            answer = api.post("/api/notes", data={"text": text})
            if answer.is_success:
                return redirect(request.route_path("notes"), 303)
            if answer.status_code != 400:
                answer.raise_for_status()
            request.response.status_int = 400
            error = answer.json()["error_description"]
        found = api.get("/api/notes").raise_for_status().json()["notes"]
    shown = {"notes": found, "text": text, "error": error}
    return shown | {"csrf_input": request.csrf_input}


{% endif %}@view_config(route_name="logout", request_method="POST")
def logout(request):
    """End the session, then go to the provider's sign-out page if it has one."""
    elsewhere = request.consumer.log_out(ConsumerSession(request.session).end())
    return redirect(elsewhere or request.route_path("home"), 303)


@forbidden_view_config()
def sign_in_first(request):
    return redirect(request.route_path("home"))


@exception_view_config(httpx2.HTTPError)
def api_failed(error, request):
    return respond(api_failure(error), page=True)


def includeme(config):
    consumer = config.registry["consumer"]
    config.add_request_method(lambda request: consumer, "consumer", reify=True)
    config.add_route("home", "/")
    config.add_route("login", "/login/{provider}")
    config.add_route("callback", "/callback/{provider}")
    config.add_route("profile", "/profile")
{% if " own " in cookiecutter.__providers %}    config.add_route("notes", "/notes")
{% endif %}    config.add_route("logout", "/logout")
    config.scan(__name__)
