"""Sign-in sessions on the Django ORM."""

from __future__ import annotations

from django.db.models import Q

from shared_validator.store.django import models
from shared_validator.store.django.active import ACTIVE_USER
from shared_validator.store.django.rows import DjangoRecords, Rows, matching
from shared_validator.store.django.transactions import repeated
from shared_validator.store.errors import Unstorable
from shared_validator.store.records import Session

_sessions = Rows(Session, models.Session)


class SessionRecords(DjangoRecords):
    """The part of ``DjangoStore`` for sign-in sessions; ``Store`` describes each method.

    A Django project that signs users in with ``django.contrib.sessions`` does not need them.
    """

    def save_session(self, session: Session) -> None:
        self._insert(_sessions, session)

    def session(self, session_hash: bytes, now: int) -> Session | None:
        return self._find(_sessions, ACTIVE_USER, session_hash=session_hash, expires_at__gt=now)

    def touch_session(self, session_hash: bytes, now: int, expires_at: int) -> None:
        seen = {"last_seen_at": now, "expires_at": expires_at}
        self._update(models.Session, seen, session_hash=session_hash, expires_at__gt=now)

    @repeated
    def sessions(self, user_id: str, now: int) -> list[Session]:
        try:
            with self._transactions.reading():
                unexpired = matching(self._selected(_sessions), user_id=user_id, expires_at__gt=now)
                return _sessions.records(unexpired.order_by("-created_at", "session_hash"))
        except Unstorable:
            return []

    def end_session(self, session_hash: bytes) -> None:
        self._delete(models.Session, session_hash=session_hash)

    def end_sessions(self, user_id: str, keep: bytes | None = None) -> None:
        others = () if keep is None else (~Q(session_hash=keep),)
        self._delete(models.Session, *others, user_id=user_id)
