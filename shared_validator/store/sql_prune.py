"""Deleting what expired, without standing in anybody's way."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Column, ColumnElement, Engine, Select, Table, any_, bindparam, delete, func, select, update
from sqlalchemy.sql.dml import ReturningDelete

from shared_validator.store import schema
from shared_validator.store.prepared import Statement
from shared_validator.store.sql_records import SQLRecords

CLAIMED_CODE_SECONDS = 86_400
"""For how long a claimed code is remembered after its end: a code that leaked through a log or a browser's history is tried within a day,
and must then still revoke what was issued for it (RFC 6749 §4.1.2). Later it is refused as any unknown code."""

SEALED_ANSWER_SECONDS = 600
"""For how long a refresh token keeps the answer that carried it, counted from its issue, which is when its predecessor was rotated."""

SMALLEST_BATCH, LARGEST_BATCH = 25, 2_000
AIM_SECONDS = 0.004
"""How long a batch may hold its lock before the next one is made smaller. SQLite's waiting writers look again after 1, 2, 5 … ms: beside
batches of 4 ms most of them write within 5 ms, beside batches of 10 ms within 20."""

# On SQLite this would be dearer for the others: the next writer would wait for the disk to take what pruning wrote.
_NEED_NOT_SURVIVE_A_CRASH = select(func.set_config("synchronous_commit", "off", True))

_EXPIRING = (
    schema.access_tokens,
    schema.refresh_tokens,
    schema.device_codes,
    schema.temporary_credentials,
    schema.nonces,
    schema.counters,
    schema.sealed_values,
    schema.signing_keys,
)
_AMONG: Mapping[str, Callable[[Column[Any], Select[Any]], ColumnElement[bool]]] = {
    "sqlite": lambda key, oldest: key.in_(oldest),
    # For IN (SELECT …) PostgreSQL may read the whole table, since it cannot know how few rows a LIMIT that is a parameter lets through.
    "postgresql": lambda key, oldest: key == any_(func.array(oldest.scalar_subquery())),
}


def _batches(dialect: str) -> tuple[tuple[Statement, int], ...]:
    """Return the statements that prune one batch each and return its times, and for how many seconds more each keeps a record."""

    def oldest(table: Table, when: Column[Any], *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
        key: Column[Any]
        (key,) = table.primary_key
        # Rows that somebody else is deleting are theirs: SKIP LOCKED keeps two prunings, or a pruning and a revocation, out of a
        # deadlock. SQLite has one writer at a time and leaves it out.
        # "After" spares PostgreSQL to walk again and again through what the batches before have left in its index.
        range_of_batch = (when >= bindparam("after"), when < bindparam("before"))
        found = select(key).where(*range_of_batch, *conditions).order_by(when).limit(bindparam("batch"))
        return _AMONG[dialect](key, found.with_for_update(skip_locked=True))

    def expired(table: Table, *conditions: ColumnElement[bool]) -> ReturningDelete[Any]:
        return delete(table).where(oldest(table, table.c.expires_at, *conditions)).returning(table.c.expires_at)

    refresh = schema.refresh_tokens
    forget_answers = (
        update(refresh)
        .values(sealed_answer=None)
        .where(oldest(refresh, refresh.c.issued_at, refresh.c.sealed_answer.is_not(None)))
        .returning(refresh.c.issued_at)
    )
    return (
        (forget_answers, SEALED_ANSWER_SECONDS),
        (expired(schema.codes, schema.codes.c.claimed_at.is_(None)), 0),
        (expired(schema.codes), CLAIMED_CODE_SECONDS),
        *((expired(table), 0) for table in _EXPIRING),
    )


_BATCHES = {dialect: _batches(dialect) for dialect in _AMONG}


class Pruning(SQLRecords):
    """The part of ``SQLStore`` that deletes what expired; ``Store`` describes it."""

    engine: Engine

    def prune(self, now: int) -> int:
        (forget_answers, answers_kept), *expired = _BATCHES[self.engine.dialect.name]
        self._prune(forget_answers, now - answers_kept)
        return sum(self._prune(statement, now - kept) for statement, kept in expired)

    def _prune(self, statement: Statement, before: int) -> int:
        pruned, batch, after = 0, SMALLEST_BATCH, 0
        while True:
            times, seconds = self._batch(statement, after, before, batch)
            pruned += len(times)
            if len(times) < batch:
                return pruned
            after = max(times)
            batch = min(batch * 2, LARGEST_BATCH) if seconds < AIM_SECONDS / 2 else batch
            batch = max(batch // 2, SMALLEST_BATCH) if seconds > AIM_SECONDS else batch
            # SQLite's waiting writers try again now and then, rather than queue: they get as much time as was taken from them.
            time.sleep(seconds)

    def _batch(self, statement: Statement, after: int, before: int, batch: int) -> tuple[list[int], float]:
        """Prune one batch, and return when its records ended and for how many seconds their lock was held."""
        with self.transaction():
            self._connections.begin()
            since = time.perf_counter()
            if self.engine.dialect.name == "postgresql":
                self._rows(_NEED_NOT_SURVIVE_A_CRASH)
            times = [when for (when,) in self._rows(statement, after=after, before=before, batch=batch)]
        return times, time.perf_counter() - since
