"""The API that the provider protects. It ignores cookies, so it needs no CSRF check."""

import time
from functools import partial

from pyramid.view import view_config

from note_text import as_json, read_text
from notes import Notes

api_view = partial(view_config, require_csrf=False, renderer="json")


@api_view(route_name="me", request_method="GET", permission="profile")
def me(request):
    return request.provider.claims(request.identity)


@api_view(route_name="notes", request_method="GET", permission="notes:read")
def list_notes(request):
    found = request.notes.of(request.identity.subject)
    return {"notes": [as_json(note) for note in found]}


@api_view(route_name="notes", request_method="POST", permission="notes:write")
def add_note(request):
    text = read_text(request.received)
    request.response.status_int = 201
    return as_json(request.notes.add(request.identity.subject, text, int(time.time())))


def includeme(config):
    notes = Notes(config.registry["provider"].store.engine)
    config.add_request_method(lambda request: notes, "notes", reify=True)
    config.add_route("me", "/api/me")
    config.add_route("notes", "/api/notes")
    config.scan(__name__)
