"""Deleting expired records without blocking other requests."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Engine,
    Select,
    Table,
    any_,
    bindparam,
    delete,
    func,
    select,
    update,
)
from sqlalchemy.sql.dml import ReturningDelete

from shared_validator.store.batches import CLAIMED_CODE_SECONDS, SEALED_ANSWER_SECONDS, in_batches
from shared_validator.store.repeating import repeat
from shared_validator.store.sql import schema
from shared_validator.store.sql.prepared import Statement
from shared_validator.store.sql.records import SQLRecords

# On SQLite this would slow others down: the next writer would wait for the disk to take
# the deletions of a batch.
_NEED_NOT_SURVIVE_A_CRASH = select(func.set_config("synchronous_commit", "off", True))

_EXPIRING = (
    schema.sessions,
    schema.access_tokens,
    schema.refresh_tokens,
    schema.device_codes,
    schema.temporary_credentials,
    schema.nonces,
    schema.signing_keys,
)
_AMONG: Mapping[str, Callable[[Column[Any], Select[Any]], ColumnElement[bool]]] = {
    "sqlite": lambda key, oldest: key.in_(oldest),
    # For IN (SELECT …) PostgreSQL may read the whole table, because it cannot know how few rows a
    # LIMIT in a parameter returns.
    "postgresql": lambda key, oldest: key == any_(func.array(oldest.scalar_subquery())),
}


def _oldest(
    dialect: str, table: Table, when: Column[Any], *conditions: ColumnElement[bool]
) -> ColumnElement[bool]:
    key: Column[Any]
    (key,) = table.primary_key
    # Skip rows that another process is deleting: SKIP LOCKED prevents deadlocks between two
    # prunings, or a pruning and a revocation. SQLite has one writer at a time and ignores it.
    # "After" saves PostgreSQL from rescanning the index entries that earlier batches left.
    range_of_batch = (when >= bindparam("after"), when < bindparam("before"))
    found = select(key).where(*range_of_batch, *conditions).order_by(when).limit(bindparam("batch"))
    return _AMONG[dialect](key, found.with_for_update(skip_locked=True))


def _expired(dialect: str, table: Table, *conditions: ColumnElement[bool]) -> ReturningDelete[Any]:
    oldest = _oldest(dialect, table, table.c.expires_at, *conditions)
    return delete(table).where(oldest).returning(table.c.expires_at)


_CONSUMERS = {
    dialect: [_expired(dialect, table) for table in schema.CONSUMER_TABLES] for dialect in _AMONG
}
_PROVIDERS = {
    dialect: [
        (_expired(dialect, schema.codes, schema.codes.c.claimed_at.is_(None)), 0),
        (_expired(dialect, schema.codes), CLAIMED_CODE_SECONDS),
        *((_expired(dialect, table), 0) for table in _EXPIRING),
    ]
    for dialect in _AMONG
}
"""The statements that prune a batch, and for how many more seconds each keeps a record."""

_refresh = schema.refresh_tokens
_FORGET_ANSWERS = {
    dialect: update(_refresh)
    .values(sealed_answer=None)
    .where(_oldest(dialect, _refresh, _refresh.c.issued_at, _refresh.c.sealed_answer.is_not(None)))
    .returning(_refresh.c.issued_at)
    for dialect in _AMONG
}


class ConsumerPruning(SQLRecords):
    """The part of ``SQLConsumerStore`` that deletes expired records; see ``ConsumerStore``."""

    engine: Engine

    def prune(self, now: int) -> int:
        statements = _CONSUMERS[self.engine.dialect.name]
        return sum(self._prune(statement, now) for statement in statements)

    def _prune(self, statement: Statement, before: int) -> int:
        return in_batches(
            lambda after, batch: repeat(lambda: self._batch(statement, after, before, batch))
        )

    def _batch(
        self, statement: Statement, after: int, before: int, batch: int
    ) -> tuple[list[int], float]:
        """Prune one batch. Return when its records expired, and how long the lock was held."""
        with self.transaction():
            self._connections.begin()
            since = time.perf_counter()
            if self.engine.dialect.name == "postgresql":
                self._rows(_NEED_NOT_SURVIVE_A_CRASH)
            times = [
                when for (when,) in self._rows(statement, after=after, before=before, batch=batch)
            ]
        return times, time.perf_counter() - since


class Pruning(ConsumerPruning):
    """The part of ``SQLStore`` that deletes expired records; see ``Store``."""

    def prune(self, now: int) -> int:
        dialect = self.engine.dialect.name
        self._prune(_FORGET_ANSWERS[dialect], now - SEALED_ANSWER_SECONDS)
        expired = sum(self._prune(statement, now - kept) for statement, kept in _PROVIDERS[dialect])
        return expired + super().prune(now)
