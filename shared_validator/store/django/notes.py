"""Notes of the example API on the Django ORM."""

from __future__ import annotations

from shared_validator.store.django import models
from shared_validator.store.django.rows import DjangoRecords, Rows, check
from shared_validator.store.errors import Unstorable
from shared_validator.store.notes import Note

_notes = Rows(Note, models.Note)


class NoteRecords(DjangoRecords):
    """The part of ``DjangoStore`` for notes; ``Store`` describes each method."""

    def add_note(self, user_id: str, text: str, now: int) -> Note:
        note = {"user_id": user_id, "text": text, "created_at": now}
        check(models.Note, note)
        with self._transactions.writing():
            made = self._all(models.Note).create(**note)
        return Note(note_id=made.note_id, user_id=user_id, text=text, created_at=now)

    def notes(self, user_id: str) -> list[Note]:
        try:
            with self._transactions.reading():
                return _notes.records(self._all(models.Note).filter(user_id=user_id).order_by("note_id"))
        except Unstorable:
            return []
