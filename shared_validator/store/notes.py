"""Notes of the example API, ``/api/notes``."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """One note of the example API, ``/api/notes``."""

    note_id: int
    user_id: str
    text: str
    created_at: int


class Notes(ABC):
    """What the example API keeps."""

    @abstractmethod
    def add_note(self, user_id: str, text: str, now: int) -> Note:
        """Insert a note of the example API and return it."""

    @abstractmethod
    def notes(self, user_id: str) -> list[Note]:
        """Return a user's notes, oldest first."""
