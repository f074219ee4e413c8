"""Sign-in sessions in SQL."""

from __future__ import annotations

from sqlalchemy import bindparam, delete, update

from shared_validator.store.records import Session
from shared_validator.store.sql import schema
from shared_validator.store.sql.records import SQLRecords, active_user
from shared_validator.store.sql.rows import Rows

_NOW = bindparam("now", type_=schema.Time)

_sessions = Rows(Session, schema.sessions)
_session = schema.sessions.c
_of_user = _session.user_id == bindparam("user_id")

_SESSION = _sessions.select(
    _session.session_hash == bindparam("session_hash"),
    _session.expires_at > _NOW,
    active_user(_session.user_id),
)
_SESSIONS = _sessions.select(_of_user, _session.expires_at > _NOW).order_by(
    _session.created_at.desc(), _session.session_hash
)
_TOUCH = (
    update(schema.sessions)
    .values(last_seen_at=_NOW, expires_at=bindparam("until"))
    .where(_session.session_hash == bindparam("of_session"), _session.expires_at > _NOW)
)
_END = delete(schema.sessions).where(_session.session_hash == bindparam("session_hash"))
_END_ALL = delete(schema.sessions).where(_of_user)
_END_OTHERS = delete(schema.sessions).where(_of_user, _session.session_hash != bindparam("keep"))


class SessionRecords(SQLRecords):
    """The part of ``SQLStore`` for sign-in sessions; ``Store`` describes each method."""

    def save_session(self, session: Session) -> None:
        self._save(_sessions.insert, _sessions, session)

    def session(self, session_hash: bytes, now: int) -> Session | None:
        return self._record(_sessions, _SESSION, session_hash=session_hash, now=now)

    def touch_session(self, session_hash: bytes, now: int, expires_at: int) -> None:
        self._changed(_TOUCH, of_session=session_hash, now=now, until=expires_at)

    def sessions(self, user_id: str, now: int) -> list[Session]:
        return self._records(_sessions, _SESSIONS, user_id=user_id, now=now)

    def end_session(self, session_hash: bytes) -> None:
        self._changed(_END, session_hash=session_hash)

    def end_sessions(self, user_id: str, keep: bytes | None = None) -> None:
        if keep is None:
            self._changed(_END_ALL, user_id=user_id)
        else:
            self._changed(_END_OTHERS, user_id=user_id, keep=keep)
