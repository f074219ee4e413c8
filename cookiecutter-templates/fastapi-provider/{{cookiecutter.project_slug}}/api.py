"""The API that the provider protects."""

import time
from typing import Annotated

from fastapi import APIRouter, Security
from pydantic import BaseModel

from dependencies import Incoming, current_token, provider, store
from shared_validator import notes
from shared_validator.resource import Token


class Person(BaseModel):
    sub: str
    name: str | None = None
    preferred_username: str | None = None
    email: str | None = None
    email_verified: bool | None = None


class Note(BaseModel):
    id: int
    text: str
    created_at: int


class Notes(BaseModel):
    notes: list[Note]


NOTE_BODY = {
    "required": True,
    "content": {"application/json": {"schema": {"type": "object", "required": ["text"], "properties": {"text": {"type": "string"}}}}},
}

router = APIRouter(prefix="/api", tags=["API"])


@router.head("/me", include_in_schema=False)
@router.get("/me", response_model_exclude_unset=True)
def me(token: Annotated[Token, Security(current_token, scopes=["profile"])]) -> Person:
    """Who has signed in."""
    return Person(**provider.claims(token))


@router.head("/notes", include_in_schema=False)
@router.get("/notes")
def list_notes(token: Annotated[Token, Security(current_token, scopes=["notes:read"])]) -> Notes:
    """The notes of the user, or of a client that acts for itself."""
    return Notes(notes=[Note(**notes.as_json(note)) for note in store.notes(token.subject)])


@router.post("/notes", status_code=201, openapi_extra={"requestBody": NOTE_BODY})
def add_note(token: Annotated[Token, Security(current_token, scopes=["notes:write"])], incoming: Incoming) -> Note:
    """Write a note, as JSON or as a form."""
    return Note(**notes.as_json(store.add_note(token.subject, notes.read_text(incoming), int(time.time()))))
