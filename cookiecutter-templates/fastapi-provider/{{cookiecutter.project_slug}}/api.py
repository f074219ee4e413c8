"""The API that the provider protects."""

import time
from functools import wraps
from typing import Annotated

from fastapi import APIRouter, Security
from fastapi.routing import APIRoute
from pydantic import BaseModel

from dependencies import NotesDep, ProviderDep, token_check
from note_text import as_json, read_text
from shared_validator import Token
from web import Incoming


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


class Text(BaseModel):
    text: str


JSON_TEXT = {"application/json": {"schema": Text.model_json_schema()}}
NEW_NOTE = {"requestBody": {"required": True, "content": JSON_TEXT}}

ProfileToken = Annotated[Token, Security(token_check, scopes=["profile"])]
ReadToken = Annotated[Token, Security(token_check, scopes=["notes:read"])]
WriteToken = Annotated[Token, Security(token_check, scopes=["notes:write"])]


class ProtectedRoute(APIRoute):
    """Checks the token on the thread that runs the operation, and passes it on."""

    def __init__(self, path, endpoint, **options):
        @wraps(endpoint)
        def checked(token, **values):
            return endpoint(token=token(), **values)

        super().__init__(path, checked, **options)


router = APIRouter(prefix="/api", tags=["API"], route_class=ProtectedRoute)


@router.head("/me", include_in_schema=False)
@router.get("/me", response_model_exclude_unset=True)
def me(token: ProfileToken, provider: ProviderDep) -> Person:
    """Return who has signed in."""
    return Person(**provider.claims(token))


@router.head("/notes", include_in_schema=False)
@router.get("/notes")
def list_notes(token: ReadToken, notes: NotesDep) -> Notes:
    """Return the notes of the user, or of a client that acts for itself."""
    return Notes(notes=[Note(**as_json(note)) for note in notes.of(token.subject)])


@router.post("/notes", status_code=201, openapi_extra=NEW_NOTE)
def add_note(token: WriteToken, incoming: Incoming, notes: NotesDep) -> Note:
    """Write a note, as JSON or as a form."""
    text = read_text(incoming)
    return Note(**as_json(notes.add(token.subject, text, int(time.time()))))
