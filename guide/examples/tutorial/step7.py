"""Step 7, the provider: protect an API."""

import time

from step4 import provider, store
from step6 import app
from web import raw_request

from shared_validator import notes


@app.get("/api/notes")
def list_notes():
    token = provider.require(raw_request(), "notes:read")
    return {"notes": [notes.as_json(note) for note in store.notes(token.subject)]}


@app.post("/api/notes")
def add_note():
    token = provider.require(raw_request(), "notes:write")
    text = notes.read_text(raw_request())
    return notes.as_json(store.add_note(token.subject, text, int(time.time()))), 201
