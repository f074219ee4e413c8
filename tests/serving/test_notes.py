"""The examples' notes: what is one, what is refused, and how they are kept where the framework has no ORM."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Barrier
from types import SimpleNamespace

import pytest
from alembic import command
from sqlalchemy import Engine, create_engine, inspect
from sqlalchemy.exc import DBAPIError

from frameworks.shared import notes
from frameworks.shared.note_text import LONGEST, as_json, read_text
from frameworks.shared.notes import Notes
from shared_validator import SQLStore
from shared_validator.http import FORM, BadRequest, Request
from shared_validator.store import StoreUnavailable
from shared_validator.store.sql import database
from shared_validator.store.sql.schema import PROVIDER

NOW = 1_900_000_000
STARTS = 8
SECOND = {PROVIDER.version_table: "0002"}


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
    assert {"id": 1, "text": "x", "created_at": 2} == as_json(SimpleNamespace(note_id=1, user_id="u", text="x", created_at=2))


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database without tables."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'new.sqlite3'}"
    made: str = request.getfixturevalue("new_postgresql_database")()
    return made


@contextmanager
def opened(engine: Engine) -> Iterator[Notes]:
    kept = Notes(engine)
    yield kept
    kept.engine.dispose()


def test_notes_are_listed_to_their_owner_oldest_first(url: str) -> None:
    """Each note has its number, users do not see each other's, and the next start finds them."""
    with closing(SQLStore(url, migrate=True)) as store:
        with opened(store.engine) as kept:
            first = kept.add("user", "buy milk", NOW)
            second = kept.add("user", "Grüße, 世界 🎉", NOW)
            other = kept.add("another user", "secret", NOW)
            assert ("user", "buy milk", NOW) == (first.user_id, first.text, first.created_at)
            assert 3 == len({first.note_id, second.note_id, other.note_id})
        with opened(store.engine) as kept:
            assert [first, second] == kept.of("user")
            assert [other] == kept.of("another user")
            assert [] == kept.of("nobody")


def test_the_notes_of_a_first_database_are_still_there(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Version 0002 of the store's tables had them; a later one drops an empty table only."""
    upgrade = command.upgrade
    with monkeypatch.context() as first:
        first.setattr(command, "upgrade", lambda config, _: upgrade(config, SECOND.get(config.attributes["version_table"], "head")))
        with closing(SQLStore(url, migrate=True)) as store, store.engine.begin() as connection:
            connection.exec_driver_sql("INSERT INTO oauth_notes (user_id, text, created_at) VALUES ('user', 'old', 1)")
    with closing(SQLStore(url, migrate=True)) as store, opened(store.engine) as kept:
        new = kept.add("user", "new", NOW)
        assert ["old", "new"] == [note.text for note in kept.of("user")]
        assert new.note_id > kept.of("user")[0].note_id


def test_many_starts_at_once_make_one_table(url: str) -> None:
    """All of them look before the first makes it, and none of them fails."""
    together = Barrier(STARTS, timeout=60)
    SQLStore(url, migrate=True).close()

    def start(number: int) -> int:
        engine = database.engine(url)
        together.wait()
        with opened(engine) as kept:
            added: int = kept.add("user", str(number), NOW).note_id
            return added

    with ThreadPoolExecutor(STARTS) as threads:
        assert STARTS == len(set(threads.map(start, range(STARTS))))


def test_a_table_that_another_start_has_made_meanwhile_is_taken(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that cannot be made is an error."""
    SQLStore(url, migrate=True).close()
    engine = database.engine(url)
    real: Callable[..., None] = notes.table.create

    def late(given: Engine) -> None:
        real(given)
        real(given, checkfirst=False)

    monkeypatch.setattr(notes.table, "create", late)
    notes.make_table(engine)
    assert inspect(engine).has_table("oauth_notes")
    monkeypatch.setattr(notes.table, "create", lambda given: given.connect().exec_driver_sql("no SQL"))
    engine = create_engine("sqlite://")
    with pytest.raises(DBAPIError):
        notes.make_table(engine)
    engine.dispose()


def test_a_database_that_is_away_is_the_stores_answer(tmp_path: Path) -> None:
    """503 with ``Retry-After``, as from the store: here another process holds SQLite's lock for too long."""
    with closing(SQLStore(f"sqlite:///{tmp_path / 'store.sqlite3'}")) as store, opened(store.engine) as kept:
        kept.engine.dispose()
        kept.engine = create_engine(kept.engine.url, connect_args={"timeout": 0.01})
        with closing(sqlite3.connect(tmp_path / "store.sqlite3", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(StoreUnavailable):
                kept.add("user", "text", NOW)
            assert [] == kept.of("user")
