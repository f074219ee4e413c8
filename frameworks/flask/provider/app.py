"""An OAuth 1.0a, OAuth 2.1 and OpenID Connect provider in Flask, and the API that it protects."""

import time
from functools import wraps

import click
from flask import Blueprint, Flask, Response, render_template, request, session
from flask_wtf.csrf import CSRFError, CSRFProtect, generate_csrf
from werkzeug.exceptions import HTTPException

from note_text import as_json, read_text
from notes import Notes
from shared_validator import (
    HTTPProblem,
    Provider,
    Settings,
    SQLStore,
    cli,
    pages,
    respond,
    session_secret,
)
from shared_validator.edge.wsgi import current_request

SCOPES = {"notes:read": "Read your notes", "notes:write": "Write notes for you"}

settings = Settings.from_environ()
store = SQLStore.from_environ()
provider = Provider(settings, store, scopes=SCOPES)
notes = Notes(store.engine)

csrf = CSRFProtect()
people = Blueprint("people", __name__)
api = Blueprint("api", __name__, url_prefix="/api")
csrf.exempt(api)  # no cookie opens it


def create_app():
    app = Flask(__name__, static_folder=None)
    app.config.update(
        SECRET_KEY=session_secret(),
        SESSION_COOKIE_NAME="provider_session",  # cookies ignore ports: a consumer needs another
        SESSION_COOKIE_PATH=settings.base_path or "/",
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.is_secure,
    )
    app.wsgi_app = provider.wsgi(app.wsgi_app)  # the token endpoint, metadata, keys, …
    app.jinja_loader = pages.override(app.jinja_loader)  # a file in templates/ replaces a page
    pages.install(app.jinja_env)
    csrf.init_app(app)
    app.register_blueprint(people)
    app.register_blueprint(api)
    app.register_error_handler(HTTPProblem, problem)
    app.register_error_handler(CSRFError, form_out_of_date)
    app.register_error_handler(HTTPException, error_page)
    app.cli.add_command(oauth)
    return app


def send(response):
    """Return a response that is sent as it is: Flask's redirects may rewrite the URL."""
    return Response(response.body, response.status, list(response.headers))


def visitor():
    """Return who is looking at the page, as Flask's session and the store know them."""
    return provider.visitor(session, generate_csrf)


for page in provider.pages:  # sign in, sign out, account
    people.add_url_rule(
        page.path,
        page.name,
        lambda page=page: send(page.answer(current_request(request.environ), visitor())),
        methods=page.methods,
    )


def ask(flow, template):
    """Show what a flow asks the signed-in user. Everything else it raises as a response."""
    question = flow.ask(current_request(request.environ), visitor())
    csrf_input = pages.csrf_input(generate_csrf())
    shown = render_template(template, question=question, csrf_input=csrf_input)
    return shown, pages.SECURITY_HEADERS


@people.route("/oauth2/authorize", methods=["GET", "POST"])
def authorize():
    """Ask whether an OAuth 2 client may act for the user."""
    return ask(provider.oauth2, "consent.html")


@people.route("/oauth1/authorize", methods=["GET", "POST"])
def authorize_oauth1():
    """Ask whether an OAuth 1.0a consumer may act for the user."""
    return ask(provider.oauth1, "oauth1_consent.html")


@people.route("/device", methods=["GET", "POST"])
def device():
    """Ask for the code that a device shows, then whether the device may act for the user."""
    return ask(provider.device, "device.html")


def requires(scope):
    """Call a view with the token of the request, which must have this scope."""

    def decorate(view):
        @wraps(view)
        def checked():
            return view(provider.require(current_request(request.environ), scope))

        return checked

    return decorate


@api.get("/me")
@requires("profile")
def me(token):
    return provider.claims(token)


@api.get("/notes")
@requires("notes:read")
def list_notes(token):
    return {"notes": [as_json(note) for note in notes.of(token.subject)]}


@api.post("/notes")
@requires("notes:write")
def add_note(token):
    text = read_text(current_request(request.environ))
    return as_json(notes.add(token.subject, text, int(time.time()))), 201


def problem(error):
    """Send the response to a problem that `shared_validator` names: JSON from the API, else a page."""
    return send(respond(error, page=request.blueprint != "api"))


def form_out_of_date(error):
    return send(pages.out_of_date())


def error_page(error):
    """Show every other error, a crash among them, as a page that says no more than it must."""
    response = error.get_response()
    response.data = render_template("error.html", title=error.name, detail=error.description)
    response.headers.extend(pages.SECURITY_HEADERS)
    return response


@click.command("oauth", context_settings={"ignore_unknown_options": True}, add_help_option=False)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def oauth(arguments):
    """Manage users, clients and keys: `flask oauth --help`."""
    raise SystemExit(cli.main(arguments))
