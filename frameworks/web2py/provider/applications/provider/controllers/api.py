"""The API that the provider protects. It never looks at the session: a browser sends its cookie whoever made it ask."""

import time

from applications.provider.modules.oauth import provider, store, to_request, to_web2py

from shared_validator import http
from shared_validator import notes as note_texts


def answered(action):
    """Run an action, and answer what is malformed as a machine reads it."""
    try:
        return action()
    except http.BadRequest as error:
        raise to_web2py(http.invalid_request(str(error))) from error


response._caller = answered


def token_with(scope):
    """Return the token of the request, which has to have this scope; without one, the refusal is raised."""
    token = provider.check(to_request(), scope)
    if isinstance(token, http.Response):
        raise to_web2py(token)
    return token


def me():
    """Say whom the token is about."""
    return response.json(provider.claims(token_with("profile")))


def notes():
    """List the notes, or write one."""
    if request.env.request_method != "POST":
        token = token_with("notes:read")
        return response.json({"notes": [note_texts.as_json(note) for note in store.notes(token.subject)]})
    token = token_with("notes:write")
    note = store.add_note(token.subject, note_texts.read_text(to_request()), int(time.time()))
    response.status = 201
    return response.json(note_texts.as_json(note))
