"""{{ cookiecutter.description.removesuffix('.') }}."""

import os
import time
from functools import wraps

from flask import Blueprint, Flask, Response, render_template, request, session
from flask_wtf.csrf import CSRFError, CSRFProtect, generate_csrf
from werkzeug.exceptions import HTTPException

from shared_validator import http, notes, pages
from shared_validator.provider import Provider
from shared_validator.settings import Settings
from shared_validator.store.sql import SQLStore

settings = Settings.from_environ()
store = SQLStore.from_environ()
provider = Provider(settings, store, scopes={"notes:read": "Read your notes", "notes:write": "Write notes for you"})

app = Flask(__name__)
app.config.update(
    SECRET_KEY=os.environ["SESSION_SECRET"],
    SESSION_COOKIE_NAME="provider_session",  # cookies ignore ports: a consumer on this host needs another name
    SESSION_COOKIE_SAMESITE="Lax",
    SESSION_COOKIE_SECURE=settings.issuer.startswith("https:"),
    MAX_CONTENT_LENGTH=1024 * 1024,
)
app.jinja_loader = pages.override(app.jinja_loader)  # a file in templates/ takes the place of a shared page
pages.install(app.jinja_env)


@app.before_request
def keep_body():
    """Read the body before Flask-WTF parses the form: signatures are computed over its bytes, and a second read would find none."""
    if request.method in app.config["WTF_CSRF_METHODS"]:
        request.get_data()


machines = Blueprint("machines", __name__)  # what no browser's form calls, and no cookie opens
CSRFProtect(app).exempt(machines)


def to_request():
    """Return the current request as it arrived: `request.url` would be decoded, and no longer what was signed."""
    return http.Request.from_wsgi(request.environ, b"" if request.method == "GET" else request.get_data())


def to_flask(response):
    """Return a response that is sent as it stands."""
    return Response(response.body, response.status, list(response.headers))


class FlaskVisitor:
    """Who is looking at a page, as Flask's session knows them."""

    user_id = property(lambda self: session.get("user_id"))
    auth_time = property(lambda self: session.get("auth_time", 0))
    csrf_token = property(lambda self: generate_csrf())

    def log_in(self, user):
        """Begin a new session, so that nobody goes on in one that somebody else has prepared (session fixation)."""
        session.clear()
        session.update(user_id=user.user_id, auth_time=int(time.time()))

    def log_out(self):
        session.clear()


def view(handler, *visitor):
    """Return a Flask view of a route that every provider shares."""
    return lambda: to_flask(handler(to_request(), *visitor))


for endpoint in provider.endpoints:
    machines.add_url_rule(endpoint.path, endpoint.name, view(endpoint.handler), methods=endpoint.methods)
for page in provider.pages:
    app.add_url_rule(page.path, page.name, view(page.handler, FlaskVisitor()), methods=page.methods)


def decide(flow, template):
    """Show what a flow asks the signed-in user, or send what takes its place: sign in first, refused, agreed, denied."""
    step = flow.answer if request.method == "POST" else flow.question
    outcome = step(to_request(), FlaskVisitor())
    if isinstance(outcome, http.Response):
        return to_flask(outcome)
    return render_template(template, question=outcome, csrf_input=pages.csrf_input(generate_csrf())), pages.SECURITY_HEADERS


@app.route("/oauth2/authorize", methods=["GET", "POST"])
def authorize():
    """Ask whether an OAuth 2 client may act for the user, and send them back with a code or with `access_denied`."""
    return decide(provider.oauth2, "consent.html")


@app.route("/oauth1/authorize", methods=["GET", "POST"])
def authorize_oauth1():
    """Ask whether an OAuth 1.0a consumer may act for the user, and send them back with a verifier."""
    return decide(provider.oauth1, "oauth1_consent.html")


@app.route("/device", methods=["GET", "POST"])
def device():
    """Ask for the code that a device shows, then whether the device may act for the user."""
    return decide(provider.device, "device.html")


def requires(scope):
    """Let a view be called with a token that has this scope, and hand it the token."""

    def decorate(function):
        @wraps(function)
        def checked():
            token = provider.check(to_request(), scope)
            return to_flask(token) if isinstance(token, http.Response) else function(token)

        return checked

    return decorate


@machines.get("/api/me")
@requires("profile")
def me(token):
    return provider.claims(token)


@machines.get("/api/notes")
@requires("notes:read")
def list_notes(token):
    return {"notes": [notes.as_json(note) for note in store.notes(token.subject)]}


@machines.post("/api/notes")
@requires("notes:write")
def add_note(token):
    return notes.as_json(store.add_note(token.subject, notes.read_text(to_request()), int(time.time()))), 201


@machines.errorhandler(http.BadRequest)
@machines.errorhandler(413)
def bad_request(error):
    return to_flask(http.invalid_request(str(error), getattr(error, "code", 400)))


@app.errorhandler(CSRFError)
def form_out_of_date(error):
    return to_flask(pages.out_of_date())


@app.errorhandler(HTTPException)
def error_page(error):
    """Show every other error, a crash among them, as a page that says no more than it must."""
    response = error.get_response()
    response.data = render_template("error.html", title=error.name, detail=error.description)
    response.headers.extend(pages.SECURITY_HEADERS)
    return response


app.register_blueprint(machines)
