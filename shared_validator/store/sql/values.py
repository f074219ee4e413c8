"""Counters and sealed values in SQL."""

from __future__ import annotations

from sqlalchemy import bindparam, case, delete, select, update
from sqlalchemy.dialects.postgresql import insert

from shared_validator.store.sql import schema
from shared_validator.store.sql.records import SQLRecords
from shared_validator.vault import digest

_NOW = bindparam("now", type_=schema.Time)

_counter, _sealed = schema.counters.c, schema.sealed_values.c

_FIRST_COUNT = insert(schema.counters).values(
    key_hash=bindparam("key_hash"), count=1, expires_at=bindparam("expires_at")
)
_COUNT = _FIRST_COUNT.on_conflict_do_update(
    index_elements=[_counter.key_hash],
    set_={
        "count": case((_counter.expires_at <= _NOW, 1), else_=_counter.count + 1),
        "expires_at": case(
            (_counter.expires_at <= _NOW, _FIRST_COUNT.excluded.expires_at),
            else_=_counter.expires_at,
        ),
    },
).returning(_counter.count)
_UNCOUNT = (
    update(schema.counters)
    .values(count=_counter.count - 1)
    .where(_counter.key_hash == bindparam("key"), _counter.count > 0)
)
_FORGET_COUNT = delete(schema.counters).where(_counter.key_hash == bindparam("key_hash"))

_NEW_SEALED = insert(schema.sealed_values).values(
    name=bindparam("name"), sealed=bindparam("sealed"), expires_at=bindparam("expires_at")
)
_SAVE_SEALED = _NEW_SEALED.on_conflict_do_update(
    index_elements=[_sealed.name],
    set_={"sealed": _NEW_SEALED.excluded.sealed, "expires_at": _NEW_SEALED.excluded.expires_at},
)
_UNEXPIRED = (_sealed.name == bindparam("name"), _sealed.expires_at > _NOW)
_SEALED = select(_sealed.sealed).where(*_UNEXPIRED)
_CLAIM_SEALED = delete(schema.sealed_values).where(*_UNEXPIRED).returning(_sealed.sealed)
_DELETE_SEALED = delete(schema.sealed_values).where(_sealed.name == bindparam("name"))


class ValueRecords(SQLRecords):
    """The part of both stores for counters and sealed values; see ``ConsumerStore``."""

    def count(self, key: str, window_seconds: int, now: int) -> int:
        ((count,),) = self._rows(
            _COUNT, key_hash=digest(key), expires_at=now + window_seconds, now=now
        )
        return int(count)

    def uncount(self, key: str) -> None:
        self._changed(_UNCOUNT, key=digest(key))

    def forget_count(self, key: str) -> None:
        self._changed(_FORGET_COUNT, key_hash=digest(key))

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
