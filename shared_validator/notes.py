"""The notes of the example API: how one is read from a request, and how it is shown."""

from __future__ import annotations

import json
from typing import Any

from shared_validator.http import BadRequest, Request, single
from shared_validator.store import Note

LONGEST = 4000


def read_text(request: Request) -> str:
    """Return the text of a new note, from JSON ``{"text": …}`` or from the form field ``text``.

    Raises:
        BadRequest: the body is neither, or the text is missing, blank, too long or cannot be stored.
    """
    text = _from_json(request.body) if _is_json(request) else single(request.form, "text")
    if not isinstance(text, str):
        raise BadRequest("the text is missing")
    text = text.replace("\r\n", "\n")  # a form sends two characters for each line end that a browser has counted as one
    if not text.strip() or len(text) > LONGEST:
        raise BadRequest(f"the text must have 1 to {LONGEST} characters")
    if any(character == "\x00" or "\ud800" <= character <= "\udfff" for character in text):
        # Neither PostgreSQL nor UTF-8 has a place for these, though JSON can name them.
        raise BadRequest("the text contains a NUL character or half a surrogate pair")
    return text


def as_json(note: Note) -> dict[str, Any]:
    """Return what the API shows of a note."""
    return {"id": note.note_id, "text": note.text, "created_at": note.created_at}


def _is_json(request: Request) -> bool:
    return request.headers.get("content-type", "").split(";", 1)[0].strip().lower() == "application/json"


def _from_json(body: bytes) -> Any:
    try:
        data = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadRequest("the body is not JSON") from error
    return data.get("text") if isinstance(data, dict) else None
