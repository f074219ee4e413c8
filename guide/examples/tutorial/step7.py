"""Step 7, the provider: protect an API."""

import time
from functools import wraps

from note_text import as_json, read_text
from notes import Notes
from step4 import machines, mount, provider, store
from step6 import app
from web import to_flask, to_request

from shared_validator import http

notes = Notes(store.engine)


def requires(scope):
    """Let a view be called with a token that has this scope, and hand it the token."""

    def decorate(function):
        machines.add(function.__name__)

        @wraps(function)
        def checked():
            token = provider.check(to_request(), scope)
            return to_flask(token) if isinstance(token, http.Response) else function(token)

        return checked

    return decorate


@app.get("/api/notes")
@requires("notes:read")
def list_notes(token):
    return {"notes": [as_json(note) for note in notes.of(token.subject)]}


@app.post("/api/notes")
@requires("notes:write")
def add_note(token):
    return as_json(notes.add(token.subject, read_text(to_request()), int(time.time()))), 201


mount(app, "oauth_protected_resource")
