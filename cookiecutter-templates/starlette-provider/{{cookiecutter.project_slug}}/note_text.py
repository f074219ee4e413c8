"""The notes of the API: how one is read from a request, and how it is shown."""

import json

from shared_validator import BadRequest
from shared_validator.http import single

LONGEST = 4000


def read_text(request):
    """Return the text of a new note, from JSON `{"text": …}` or the form field `text`.

    Raises:
        BadRequest: the body is neither, or the text is missing, blank, too long, or
            has characters that cannot be stored.
    """
    text = _from_json(request) if _is_json(request) else single(request.form, "text")
    if not isinstance(text, str):
        raise BadRequest("the text is missing")
    # A form sends a line break as two characters, but the browser counted it as one.
    text = text.replace("\r\n", "\n")
    if not text.strip() or len(text) > LONGEST:
        raise BadRequest(f"the text must have 1 to {LONGEST} characters")
    # JSON can contain these, but PostgreSQL and UTF-8 cannot.
    if any(one == "\x00" or "\ud800" <= one <= "\udfff" for one in text):
        raise BadRequest("the text contains a NUL character or half a surrogate pair")
    return text


def as_json(note):
    """Return a note as the API shows it."""
    return {"id": note.note_id, "text": note.text, "created_at": note.created_at}


def _is_json(request):
    kind = request.headers.get("content-type", "").split(";", 1)[0]
    return kind.strip().lower() == "application/json"


def _from_json(request):
    try:
        data = json.loads(request.body)
    except (ValueError, RecursionError) as error:
        raise BadRequest("the body is not JSON") from error
    return data.get("text") if isinstance(data, dict) else None
