"""The notes, as an API of Django Ninja."""

import time
from typing import Annotated

from ninja import NinjaAPI, Schema, Status
from pydantic import StringConstraints

from api import models
from api.note_text import LONGEST, as_json
from api_ninja.security import OAuth
from shared_validator import Refused
from shared_validator.django.views import ExactResponse

# Ninja's documentation page loads scripts from other sites.
api = NinjaAPI(title="Notes", docs_url=None)

NoteText = StringConstraints(min_length=1, max_length=LONGEST, pattern=r"^[^\x00]*$")


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
    """Send a refusal unchanged, with a challenge for each kind of credentials."""
    return ExactResponse(error.response)


@api.api_operation(["GET", "HEAD"], "/notes", auth=OAuth("notes:read"), response=Notes)
def list_notes(request):
    found = models.Note.objects.filter(user_id=request.auth.subject).order_by("note_id")
    return {"notes": [as_json(note) for note in found]}


@api.post("/notes", auth=OAuth("notes:write"), response={201: Note})
def add_note(request, note: NewNote):
    added = models.Note.objects.create(
        user_id=request.auth.subject, text=note.text, created_at=int(time.time())
    )
    return Status(201, as_json(added))
