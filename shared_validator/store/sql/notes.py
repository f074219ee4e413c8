"""Notes of the example API in SQL."""

from __future__ import annotations

from sqlalchemy import bindparam
from sqlalchemy.dialects.postgresql import insert

from shared_validator.store.notes import Note
from shared_validator.store.sql import schema
from shared_validator.store.sql.records import SQLRecords
from shared_validator.store.sql.rows import Rows

_notes = Rows(Note, schema.notes)

_ADD_NOTE = (
    insert(schema.notes)
    .values(user_id=bindparam("user_id"), text=bindparam("text"), created_at=bindparam("created_at"))
    .returning(*_notes.columns)
)
_NOTES = _notes.select(schema.notes.c.user_id == bindparam("user_id")).order_by(schema.notes.c.note_id)


class NoteRecords(SQLRecords):
    """The part of ``SQLStore`` for notes; ``Store`` describes each method."""

    def add_note(self, user_id: str, text: str, now: int) -> Note:
        (row,) = self._connections.rows(_ADD_NOTE, {"user_id": user_id, "text": text, "created_at": now})
        return _notes.record(row)

    def notes(self, user_id: str) -> list[Note]:
        return [_notes.record(row) for row in self._rows(_NOTES, user_id=user_id)]
