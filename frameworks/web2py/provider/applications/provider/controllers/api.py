"""The API that the provider protects. It has no session."""

import time

from applications.provider.modules.note_text import as_json, read_text
from applications.provider.modules.notes import define_notes
from applications.provider.modules.oauth import provider
from edge import api, open_database, read_request


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
        db = open_database()
        own = define_notes(db).user_id == token.subject
        found = db(own).select(orderby=db.oauth_notes.note_id)
        return response.json({"notes": [as_json(note) for note in found]})
    token = provider.require(asked, "notes:write")
    text = read_text(asked)
    table = define_notes(open_database())
    new = {"user_id": token.subject, "text": text, "created_at": int(time.time())}
    response.status = 201
    return response.json(as_json(table[table.insert(**new)]))
