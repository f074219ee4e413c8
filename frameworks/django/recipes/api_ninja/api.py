"""The notes, as an API of Django Ninja."""

import time
from typing import Annotated

from ninja import NinjaAPI, Schema, Status
from pydantic import StringConstraints

from api_ninja.security import OAuth
from authorization.provider import store
from shared_validator import Refused, notes
from shared_validator.django.views import ExactResponse

# Ninja's page of documentation has scripts from elsewhere.
api = NinjaAPI(title="Notes", docs_url=None)

NoteText = StringConstraints(
    min_length=1, max_length=notes.LONGEST, pattern=r"^[^\x00]*$"
)


class NewNote(Schema):
    text: Annotated[str, NoteText]


class Note(Schema):
    id: int
    text: str
    created_at: int


class Notes(Schema):
    notes: list[Note]


@api.exception_handler(Refused)
def refused(request, error):
    """Send a refusal as it is, with a challenge for each kind of credentials."""
    return ExactResponse(error.response)


@api.api_operation(["GET", "HEAD"], "/notes", auth=OAuth("notes:read"), response=Notes)
def list_notes(request):
    return {
        "notes": [notes.as_json(note) for note in store.notes(request.auth.subject)]
    }


@api.post("/notes", auth=OAuth("notes:write"), response={201: Note})
def add_note(request, note: NewNote):
    added = store.add_note(request.auth.subject, note.text, int(time.time()))
    return Status(201, notes.as_json(added))
