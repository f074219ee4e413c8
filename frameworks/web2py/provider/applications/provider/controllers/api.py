"""The API that the provider protects. It has no session."""

import time

from applications.provider.modules.oauth import provider, store
from edge import api, read_request

from shared_validator import notes as note_texts


@api("GET", "HEAD")
def me():
    """Return the claims about the user of the token."""
    return response.json(provider.claims(provider.require(read_request(), "profile")))


@api("GET", "HEAD", "POST")
def notes():
    """List the user's notes, or add one."""
    asked = read_request()
    if asked.method != "POST":
        token = provider.require(asked, "notes:read")
        found = store.notes(token.subject)
        return response.json({"notes": [note_texts.as_json(note) for note in found]})
    token = provider.require(asked, "notes:write")
    note = store.add_note(token.subject, note_texts.read_text(asked), int(time.time()))
    response.status = 201
    return response.json(note_texts.as_json(note))
