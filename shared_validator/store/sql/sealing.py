"""Sealed values in SQL, whatever table they are in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple

from sqlalchemy import Column, Select, Update, bindparam, select, update

from shared_validator.store.sealing import Key
from shared_validator.store.sql import schema
from shared_validator.store.sql.records import SQLRecords


class _Statements(NamedTuple):
    first: Select[Any]
    following: Select[Any]
    replace: Update


def _statements(sealed: Column[Any]) -> _Statements:
    key: Column[Any]
    (key,) = sealed.table.primary_key
    first = select(key, sealed).where(sealed.is_not(None)).order_by(key).limit(bindparam("limit"))
    replace = (
        update(schema.metadata.tables[str(sealed.table)])
        .values({sealed.name: bindparam("new")})
        .where(key == bindparam("of_key"), sealed == bindparam("old"))
    )
    return _Statements(first, first.where(key > bindparam("after")), replace)


_CONSUMER_VALUE = {"consumer value": _statements(schema.sealed_values.c.sealed)}
_PROVIDER_VALUE = {
    "signing key": _statements(schema.signing_keys.c.sealed_key),
    "oauth1 consumer secret": _statements(schema.oauth1_consumers.c.sealed_secret),
    "oauth1 previous consumer secret": _statements(
        schema.oauth1_consumers.c.previous_sealed_secret
    ),
    "oauth1 temporary secret": _statements(schema.temporary_credentials.c.sealed_secret),
    "oauth1 token secret": _statements(schema.token_credentials.c.sealed_secret),
    "refresh answer": _statements(schema.refresh_tokens.c.sealed_answer),
}


class ConsumerSealing(SQLRecords):
    """The part of ``SQLConsumerStore`` for sealed values; see ``ConsumerStore``."""

    _sealing: ClassVar[Mapping[str, _Statements]] = _CONSUMER_VALUE

    def list_sealed(self, kind: str, after: Key | None, limit: int) -> list[tuple[Key, bytes]]:
        first, following, _ = self._sealing[kind]
        rows = (
            self._rows(first, limit=limit)
            if after is None
            else self._rows(following, after=after, limit=limit)
        )
        return [(key, sealed) for key, sealed in rows]

    def replace_sealed(self, kind: str, key: Key, old: bytes, new: bytes) -> None:
        self._changed(self._sealing[kind].replace, of_key=key, old=old, new=new)


class Sealing(ConsumerSealing):
    """The part of ``SQLStore`` for sealed values; see ``Store``."""

    _sealing: ClassVar[Mapping[str, _Statements]] = {**_CONSUMER_VALUE, **_PROVIDER_VALUE}
