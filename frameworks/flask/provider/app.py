"""An OAuth 1.0a, OAuth 2.1 and OpenID Connect provider in Flask, and its API."""

import time
from functools import wraps

import click
from flask import Blueprint, session
from flask_wtf.csrf import generate_csrf

import web
from note_text import as_json, read_text
from notes import Notes
from shared_validator import Provider, Settings, SQLStore, cli

SCOPES = {"notes:read": "Read your notes", "notes:write": "Write notes for you"}

store = SQLStore.from_environ()
provider = Provider(Settings.from_environ(), store, scopes=SCOPES)
notes = Notes(store.engine)

people = Blueprint("people", __name__)
api = Blueprint("api", __name__, url_prefix="/api")
web.csrf.exempt(api)  # the API ignores cookies


def create_app():
    # Cookies ignore ports: a consumer on this host needs another name.
    app = web.new_app(provider.settings, "provider_session")
    app.wsgi_app = provider.wsgi(app.wsgi_app)  # the token endpoint, metadata, keys, …
    app.register_blueprint(people)
    app.register_blueprint(api)
    app.cli.add_command(oauth)
    return app


def visitor():
    """Return the visitor, from Flask's session and the store."""
    return provider.visitor(session, generate_csrf)


def answer(page):
    """Return the view for a page that every provider has."""
    return lambda: web.send(page.answer(web.received(), visitor()))


for page in provider.pages:  # sign in, sign out, account
    people.add_url_rule(page.path, page.name, answer(page), methods=page.methods)


@people.route("/oauth2/authorize", methods=["GET", "POST"])
def authorize():
    """Ask whether an OAuth 2 client may act for the user."""
    question = provider.oauth2.ask(web.received(), visitor())
    return web.page("consent.html", question=question)


@people.route("/oauth1/authorize", methods=["GET", "POST"])
def authorize_oauth1():
    """Ask whether an OAuth 1.0a consumer may act for the user."""
    question = provider.oauth1.ask(web.received(), visitor())
    return web.page("oauth1_consent.html", question=question)


@people.route("/device", methods=["GET", "POST"])
def device():
    """Ask for a device's code, then whether the device may act for the user."""
    question = provider.device.ask(web.received(), visitor())
    return web.page("device.html", question=question)


def requires(scope):
    """Require a token with this scope, and pass it to the view."""

    def decorate(view):
        @wraps(view)
        def checked():
            return view(provider.require(web.received(), scope))

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
    text = read_text(web.received())
    return as_json(notes.add(token.subject, text, int(time.time()))), 201


@click.command(context_settings={"ignore_unknown_options": True}, add_help_option=False)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def oauth(arguments):
    """Manage users, clients and keys: `flask oauth --help`."""
    raise SystemExit(cli.main(arguments))
