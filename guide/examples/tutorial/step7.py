"""Step 7, the provider: protect an API."""

import time

from note_text import as_json, read_text
from notes import Notes
from step4 import provider, store
from step6 import app
from web import raw_request

notes = Notes(store.engine)


@app.get("/api/notes")
def list_notes():
    token = provider.require(raw_request(), "notes:read")
    return {"notes": [as_json(note) for note in notes.of(token.subject)]}


@app.post("/api/notes")
def add_note():
    token = provider.require(raw_request(), "notes:write")
    text = read_text(raw_request())
    return as_json(notes.add(token.subject, text, int(time.time()))), 201
