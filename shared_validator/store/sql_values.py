"""Counters, signing keys, sealed values and notes in SQL."""

from __future__ import annotations

from sqlalchemy import bindparam, case, delete, select, update
from sqlalchemy.dialects.postgresql import insert

from shared_validator.store import schema
from shared_validator.store.records import Note, SigningKey
from shared_validator.store.rows import Rows
from shared_validator.store.sql_records import SQLRecords
from shared_validator.vault import digest

_NOW = bindparam("now", type_=schema.Time)

_signing_keys = Rows(SigningKey, schema.signing_keys)
_notes = Rows(Note, schema.notes)
_counter, _sealed = schema.counters.c, schema.sealed_values.c

_FIRST_COUNT = insert(schema.counters).values(key_hash=bindparam("key_hash"), count=1, expires_at=bindparam("expires_at"))
_COUNT = _FIRST_COUNT.on_conflict_do_update(
    index_elements=[_counter.key_hash],
    set_={
        "count": case((_counter.expires_at <= _NOW, 1), else_=_counter.count + 1),
        "expires_at": case((_counter.expires_at <= _NOW, _FIRST_COUNT.excluded.expires_at), else_=_counter.expires_at),
    },
).returning(_counter.count)
_UNCOUNT = update(schema.counters).values(count=_counter.count - 1).where(_counter.key_hash == bindparam("key"), _counter.count > 0)
_FORGET_COUNT = delete(schema.counters).where(_counter.key_hash == bindparam("key_hash"))

_SAVE_SIGNING_KEY = _signing_keys.upsert("kid")
_SIGNING_KEYS = _signing_keys.select().order_by(schema.signing_keys.c.active_from, schema.signing_keys.c.kid)

_NEW_SEALED = insert(schema.sealed_values).values(name=bindparam("name"), sealed=bindparam("sealed"), expires_at=bindparam("expires_at"))
_SAVE_SEALED = _NEW_SEALED.on_conflict_do_update(
    index_elements=[_sealed.name], set_={"sealed": _NEW_SEALED.excluded.sealed, "expires_at": _NEW_SEALED.excluded.expires_at}
)
_UNEXPIRED = (_sealed.name == bindparam("name"), _sealed.expires_at > _NOW)
_SEALED = select(_sealed.sealed).where(*_UNEXPIRED)
_CLAIM_SEALED = delete(schema.sealed_values).where(*_UNEXPIRED).returning(_sealed.sealed)
_DELETE_SEALED = delete(schema.sealed_values).where(_sealed.name == bindparam("name"))

_ADD_NOTE = (
    insert(schema.notes)
    .values(user_id=bindparam("user_id"), text=bindparam("text"), created_at=bindparam("created_at"))
    .returning(*_notes.columns)
)
_NOTES = _notes.select(schema.notes.c.user_id == bindparam("user_id")).order_by(schema.notes.c.note_id)


class ValueRecords(SQLRecords):
    """The part of ``SQLStore`` for counters, signing keys, sealed values and notes; ``Store`` describes each method."""

    def count(self, key: str, window_seconds: int, now: int) -> int:
        ((count,),) = self._rows(_COUNT, key_hash=digest(key), expires_at=now + window_seconds, now=now)
        return int(count)

    def uncount(self, key: str) -> None:
        self._changed(_UNCOUNT, key=digest(key))

    def forget_count(self, key: str) -> None:
        self._changed(_FORGET_COUNT, key_hash=digest(key))

    def save_signing_key(self, key: SigningKey) -> None:
        self._save(_SAVE_SIGNING_KEY, _signing_keys, key)

    def signing_keys(self) -> list[SigningKey]:
        return [_signing_keys.record(row) for row in self._rows(_SIGNING_KEYS)]

    def save_sealed(self, name: bytes, sealed: bytes, expires_at: int) -> None:
        self._changed(_SAVE_SEALED, name=name, sealed=sealed, expires_at=expires_at)

    def sealed(self, name: bytes, now: int) -> bytes | None:
        sealed: bytes | None = self._value(_SEALED, name=name, now=now)
        return sealed

    def claim_sealed(self, name: bytes, now: int) -> bytes | None:
        sealed: bytes | None = self._value(_CLAIM_SEALED, name=name, now=now)
        return sealed

    def delete_sealed(self, name: bytes) -> None:
        self._changed(_DELETE_SEALED, name=name)

    def add_note(self, user_id: str, text: str, now: int) -> Note:
        (row,) = self._connections.rows(_ADD_NOTE, {"user_id": user_id, "text": text, "created_at": now})
        return _notes.record(row)

    def notes(self, user_id: str) -> list[Note]:
        return [_notes.record(row) for row in self._rows(_NOTES, user_id=user_id)]
