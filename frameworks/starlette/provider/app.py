"""An OAuth 1.0a, OAuth 2.1 and OpenID Connect provider in Starlette, and its API."""

import time
from functools import wraps

from starlette.endpoints import HTTPEndpoint
from starlette.responses import JSONResponse
from starlette.routing import Route

from note_text import as_json, read_text
from notes import Notes
from shared_validator import HTTPProblem, Provider, Settings, SQLStore, respond
from web import PageRoute, new_app, page, received, send

SCOPES = {"notes:read": "Read your notes", "notes:write": "Write notes for you"}

store = SQLStore.from_environ()
provider = Provider(Settings.from_environ(), store, scopes=SCOPES)
notes = Notes(store.engine)

# Every endpoint here is a plain `def`: Starlette runs it in the threadpool, where it
# may wait for the store.


def visitor(request):
    """Return the visitor, from the session and the store."""
    return provider.visitor(request.session)


def shared_page(shared):
    """Return the route of a page that every provider has."""

    def answer(request):
        return send(shared.answer(received(request), visitor(request)))

    return PageRoute(shared.path, answer, methods=shared.methods, name=shared.name)


def authorize(request):
    """Ask whether an OAuth 2 client may act for the user."""
    question = provider.oauth2.ask(received(request), visitor(request))
    return page(request, "consent.html", {"question": question})


def authorize_oauth1(request):
    """Ask whether an OAuth 1.0a consumer may act for the user."""
    question = provider.oauth1.ask(received(request), visitor(request))
    return page(request, "oauth1_consent.html", {"question": question})


def device(request):
    """Ask for a device's code, then whether the device may act for the user."""
    question = provider.device.ask(received(request), visitor(request))
    return page(request, "device.html", {"question": question})


def token_required(scope):
    """Require a token with this scope, and pass it to the method. Errors are JSON."""

    def decorate(method):
        @wraps(method)
        def checked(self, request):
            try:
                return method(self, request, provider.require(received(request), scope))
            except HTTPProblem as error:
                return send(respond(error, page=False))

        return checked

    return decorate


class Me(HTTPEndpoint):
    @token_required("profile")
    def get(self, request, token):
        return JSONResponse(provider.claims(token))


class OwnNotes(HTTPEndpoint):
    @token_required("notes:read")
    def get(self, request, token):
        found = [as_json(note) for note in notes.of(token.subject)]
        return JSONResponse({"notes": found})

    @token_required("notes:write")
    def post(self, request, token):
        text = read_text(received(request))
        note = notes.add(token.subject, text, int(time.time()))
        return JSONResponse(as_json(note), 201)


routes = [
    PageRoute("/oauth2/authorize", authorize, methods=["GET", "POST"]),
    PageRoute("/oauth1/authorize", authorize_oauth1, methods=["GET", "POST"]),
    PageRoute("/device", device, methods=["GET", "POST"]),
    *[shared_page(shared) for shared in provider.pages],  # sign in, sign out, account
    Route("/api/me", Me),
    Route("/api/notes", OwnNotes),
]
# Cookies ignore ports: a consumer on this host needs another name.
app = new_app(provider.settings, store, "provider_session", routes)
app = provider.asgi(app)  # the token endpoint, metadata, keys, …
