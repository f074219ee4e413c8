"""Notes of the example API: what is one, and what is refused."""

from __future__ import annotations

import json

import pytest

from shared_validator.http import FORM, BadRequest, Request
from shared_validator.notes import LONGEST, as_json, read_text
from shared_validator.store import Note


def posted(content_type: str, body: bytes) -> Request:
    return Request("POST", "http://h/api/notes", {"content-type": content_type}, body)


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", b'{"text": "caf\\u00e9"}'),
        ("application/json; charset=utf-8", '{"text": "café"}'.encode()),
        (FORM, b"text=caf%C3%A9"),
    ],
)
def test_a_note_comes_as_json_or_as_a_form(content_type: str, body: bytes) -> None:
    """A form can be signed with OAuth 1.0a by every client (RFC 5849 §3.5.2)."""
    assert "café" == read_text(posted(content_type, body))


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", b""),
        ("application/json", b"{"),
        ("application/json", b"\xff"),
        ("application/json", b"[" * 100_000),
        ("application/json", b"[]"),
        ("application/json", b"{}"),
        ("application/json", b'{"text": 1}'),
        ("application/json", b'{"text": null}'),
        ("application/json", b'{"text": ""}'),
        ("application/json", b'{"text": " \\n"}'),
        ("application/json", b'{"text": "\\u0000"}'),
        ("application/json", b'{"text": "\\ud800"}'),
        ("application/json", json.dumps({"text": "x" * (LONGEST + 1)}).encode()),
        (FORM, b"text="),
        (FORM, b"other=x"),
        (FORM, b"text=a&text=b"),
        (FORM, b"text=%ff"),
        ("text/plain", b"text=x"),
        ("", b"text=x"),
    ],
)
def test_what_is_no_note_is_a_bad_request(content_type: str, body: bytes) -> None:
    """Neither JSON nor a form, or a text that is missing, empty, too long, or could not be stored."""
    with pytest.raises(BadRequest):
        read_text(posted(content_type, body))


def test_a_line_end_counts_once() -> None:
    """A form sends two characters for it, where ``maxlength`` has counted one (the HTML standard, §4.10.19.7)."""
    assert "\n" * (LONGEST - 1) + "x" == read_text(posted(FORM, b"text=" + b"%0D%0A" * (LONGEST - 1) + b"x"))


def test_a_note_is_shown_without_its_owner() -> None:
    """Whose it is, the token has said."""
    assert {"id": 1, "text": "x", "created_at": 2} == as_json(Note(note_id=1, user_id="u", text="x", created_at=2))
