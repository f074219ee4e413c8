"""Deleting what expired, without standing in anybody's way."""

from __future__ import annotations

import time

from sqlalchemy import ColumnElement, Table, bindparam, delete, select, update
from sqlalchemy.sql.dml import Delete, Update

from shared_validator.store import schema
from shared_validator.store.sql_records import SQLRecords

CLAIMED_CODE_SECONDS = 86_400
"""For how long a claimed code is remembered after its end: a code that leaked through a log or a browser's history is tried within a day,
and must then still revoke what was issued for it (RFC 6749 §4.1.2). Later it is refused as any unknown code."""

SEALED_ANSWER_SECONDS = 600
"""For how long a refresh token keeps the answer that carried it, counted from its issue, which is when its predecessor was rotated."""

SMALLEST_BATCH, LARGEST_BATCH = 50, 10_000
AIM_SECONDS = 0.01
"""How long a batch may hold its lock before the next one is made smaller. Waiting requests feel it, so it is well below 50 ms."""


def _oldest(table: Table, when: ColumnElement[int], *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    (key,) = table.primary_key
    # Rows that somebody else is deleting are theirs: SKIP LOCKED keeps two prunings, or a pruning and a revocation, out of a deadlock.
    # SQLite has one writer at a time and leaves it out.
    oldest = select(key).where(when < bindparam("before"), *conditions).order_by(when).limit(bindparam("batch"))
    return key.in_(oldest.with_for_update(skip_locked=True))


def _expired(table: Table, *conditions: ColumnElement[bool]) -> Delete:
    return delete(table).where(_oldest(table, table.c.expires_at, *conditions))


_BATCHES: tuple[tuple[Delete | Update, int], ...] = (
    (_expired(schema.codes, schema.codes.c.claimed_at.is_(None)), 0),
    (_expired(schema.codes), CLAIMED_CODE_SECONDS),
    *(
        (_expired(table), 0)
        for table in (
            schema.access_tokens,
            schema.refresh_tokens,
            schema.device_codes,
            schema.temporary_credentials,
            schema.nonces,
            schema.counters,
            schema.sealed_values,
            schema.signing_keys,
        )
    ),
)
_FORGET_ANSWERS = (
    update(schema.refresh_tokens)
    .values(sealed_answer=None)
    .where(_oldest(schema.refresh_tokens, schema.refresh_tokens.c.issued_at, schema.refresh_tokens.c.sealed_answer.is_not(None)))
)


class Pruning(SQLRecords):
    """The part of ``SQLStore`` that deletes what expired; ``Store`` describes it."""

    def prune(self, now: int) -> int:
        pruned = sum(self._prune(statement, now - keep) for statement, keep in _BATCHES)
        self._prune(_FORGET_ANSWERS, now - SEALED_ANSWER_SECONDS)
        return pruned

    def _prune(self, statement: Delete | Update, before: int) -> int:
        pruned, batch = 0, SMALLEST_BATCH
        while True:
            changed, seconds = self._batch(statement, before, batch)
            pruned += changed
            if changed < batch:
                return pruned
            batch = min(batch * 2, LARGEST_BATCH) if seconds < AIM_SECONDS / 2 else batch
            batch = max(batch // 2, SMALLEST_BATCH) if seconds > AIM_SECONDS else batch
            # SQLite's waiting writers try again now and then, rather than queue: they get as much time as was taken from them.
            time.sleep(seconds)

    def _batch(self, statement: Delete | Update, before: int, batch: int) -> tuple[int, float]:
        """Prune one batch, and return how many rows it had and for how many seconds their lock was held."""
        with self.transaction():
            self._connections.begin()
            since = time.perf_counter()
            changed = self._changed(statement, before=before, batch=batch)
        return changed, time.perf_counter() - since
