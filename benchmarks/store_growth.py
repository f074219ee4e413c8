"""How the store's costs grow with its tokens, and how long pruning keeps others waiting.

Small and large stores are measured in turns within one run, so that a slow moment of the machine meets both; ratios are of medians.
Run it with ``python -m benchmarks.store_growth``.
"""

from __future__ import annotations

import hashlib
import json
import random
import secrets
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sqlalchemy import event, insert

from shared_validator.store import AccessToken, Client
from shared_validator.store.sql import SQLStore
from shared_validator.store.sql.schema import access_tokens, clients, users
from tests.postgresql import databases

NOW = 1_700_000_000
SMALL, LARGE = 1_000, 1_000_000
USERS, CLIENTS = 100_000, 100
WARM_UP, ROUNDS, CALLS = 10, 100, 20
GROWTH_TARGET = 1.5
LOCK_TARGET_MS = 50.0


def measure() -> Iterator[dict[str, Any]]:
    """Yield one result per target, each with its name, ratio, target and detail; below or equal to the target is good."""
    with tempfile.TemporaryDirectory() as directory, databases() as new_database:
        files = (f"sqlite:///{Path(directory) / str(number)}.sqlite3" for number in range(3))
        for name, new_url in (("SQLite", lambda: next(files)), ("PostgreSQL", new_database)):
            yield from growth(name, new_url)
            yield pruning(name, new_url)


def growth(name: str, new_url: Callable[[], str]) -> list[dict[str, Any]]:
    """Measure a lookup and a durable insert with 10^6 tokens against 10^3."""
    with (
        closing(SQLStore(new_url(), migrate=True)) as small,
        closing(SQLStore(new_url(), migrate=True)) as large,
    ):
        stores = {SMALL: small, LARGE: large}
        for size, store in stores.items():
            fill(store, size, lambda number: NOW + number % 3600)
        return [
            _growth(
                name,
                "lookup",
                stores,
                lambda store, size: _time(store.access_token, [_some(size) for _ in range(CALLS)]),
            ),
            _growth(
                name,
                "insert",
                stores,
                lambda store, size: _time(
                    store.save_access_token, [_token() for _ in range(CALLS)]
                ),
            ),
        ]


def _growth(
    name: str, step: str, stores: dict[int, SQLStore], timed: Callable[[SQLStore, int], float]
) -> dict[str, Any]:
    rounds = [
        [timed(store, size) for size, store in stores.items()] for _ in range(WARM_UP + ROUNDS)
    ][WARM_UP:]
    before, after = (statistics.median(seconds) for seconds in zip(*rounds, strict=True))
    detail = f"{before * 1e6:.0f} µs with {SMALL} tokens, {after * 1e6:.0f} µs with {LARGE}"
    return {
        "name": f"{name}: {step} as tokens grow",
        "ratio": round(after / before, 2),
        "target": GROWTH_TARGET,
        "detail": detail,
    }


def _time(call: Callable[[Any], object], arguments: list[Any]) -> float:
    since = time.perf_counter()
    for argument in arguments:
        call(argument)
    return (time.perf_counter() - since) / len(arguments)


def pruning(name: str, new_url: Callable[[], str]) -> dict[str, Any]:
    """Measure the longest lock while 10^6 expired of 2 × 10^6 tokens are pruned, in milliseconds in place of a ratio."""
    with closing(SQLStore(new_url(), migrate=True)) as store:
        fill(store, 2 * LARGE, lambda number: NOW - 1 - number % 3600 if number % 2 else NOW + 3600)
        with transactions(store) as held:
            since = time.perf_counter()
            pruned = store.prune(NOW)
            seconds = time.perf_counter() - since
    if pruned != LARGE:
        raise RuntimeError(f"pruned {pruned} of {LARGE} expired tokens")
    longest = max(held) * 1000
    # A busy disk makes any single commit wait now and then: what nearly all take tells that apart from batches that are too large.
    usual, nearly_all = (
        statistics.median(held) * 1000,
        statistics.quantiles(held, n=1000)[-1] * 1000,
    )
    detail = f"{len(held)} transactions in {seconds:.0f} s, median {usual:.1f} ms, 99.9 % within {nearly_all:.1f} ms"
    return {
        "name": f"{name}: longest lock when pruning, in ms",
        "ratio": round(longest, 1),
        "target": LOCK_TARGET_MS,
        "detail": detail,
    }


@contextmanager
def transactions(store: SQLStore) -> Iterator[list[float]]:
    """Record for how many seconds each transaction of the store holds its locks: from ``BEGIN`` done to ``COMMIT`` done.

    Within its COMMIT, but without any lock, SQLite now and then copies its log into the file. Here that is done, and not counted, apart.
    """
    held: list[float] = []
    since = 0.0
    sqlite = store.engine.dialect.name == "sqlite"

    def connected(driver: Any, record: Any) -> None:
        if sqlite:
            driver.execute("PRAGMA wal_autocheckpoint=0").close()

    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        nonlocal since
        if statement.startswith("BEGIN"):
            since = time.perf_counter()
        elif statement == "COMMIT":
            held.append(time.perf_counter() - since)
            if sqlite and len(held) % 30 == 0:
                cursor.connection.execute("PRAGMA wal_checkpoint").close()

    event.listen(store.engine, "connect", connected)
    event.listen(store.engine, "after_cursor_execute", note)
    try:
        yield held
    finally:
        event.remove(store.engine, "after_cursor_execute", note)
        event.remove(store.engine, "connect", connected)


def fill(store: SQLStore, size: int, expires_at: Callable[[int], int]) -> None:
    """Insert so many access tokens, of many users and clients: by key, and without the indexes, which is minutes faster."""
    indexes = sorted(access_tokens.indexes, key=lambda index: str(index.name))
    numbers = sorted(range(size), key=_hash)
    with store.engine.connect() as connection:
        connection.exec_driver_sql("BEGIN")
        for index in indexes:
            index.drop(connection)
        # A token of an unknown user or client is not found.
        connection.execute(insert(users), [_user(number) for number in range(min(size, USERS))])
        connection.execute(insert(clients), [_client(number) for number in range(CLIENTS)])
        for start in range(0, size, 10_000):
            rows = [
                {**_row(number), "expires_at": expires_at(number)}
                for number in numbers[start : start + 10_000]
            ]
            connection.execute(insert(access_tokens), rows)
        for index in indexes:
            index.create(connection)
        connection.exec_driver_sql("COMMIT")
        # What the databases do by themselves, some time later.
        for chore in (
            ("ANALYZE", "PRAGMA wal_checkpoint")
            if store.engine.dialect.name == "sqlite"
            else ("VACUUM ANALYZE",)
        ):
            connection.exec_driver_sql(chore)


def _user_id(number: int) -> str:
    return f"00000000-0000-4000-8000-{number * 7919 % USERS:012}"


def _user(number: int) -> dict[str, Any]:
    names = {"username": _user_id(number), "name": "", "email": "", "password_hash": ""}
    return {"user_id": _user_id(number), "disabled": False, **names}


def _client(number: int) -> dict[str, Any]:
    client = Client(
        client_id=f"client-{number}",
        client_secret_hash=None,
        client_name="",
        redirect_uris=(),
        post_logout_redirect_uris=(),
        grant_types=("authorization_code",),
        scope=("openid", "profile", "email"),
        token_endpoint_auth_method="none",
        id_token_signed_response_alg="RS256",
    )
    return asdict(client)


def _row(number: int) -> dict[str, Any]:
    return {
        "token_hash": _hash(number),
        "grant_id": secrets.token_bytes(32),
        "client_id": f"client-{number % CLIENTS}",
        "user_id": _user_id(number),
        "scope": ("openid", "profile", "email"),
        "audience": ("https://api.example",),
        "issued_at": NOW,
    }


def _some(size: int) -> bytes:
    return _hash(random.randrange(size))  # noqa: S311 - a sample


def _hash(number: int) -> bytes:
    return hashlib.sha256(number.to_bytes(8, "big")).digest()


def _token() -> AccessToken:
    number = secrets.randbits(60)
    return AccessToken(**_row(number), expires_at=NOW + 3600)


def main() -> int:
    """Print the results, one a line; the exit status is 1 when a target is missed."""
    missed = False
    for result in measure():
        print(json.dumps(result, ensure_ascii=False), flush=True)  # noqa: T201 - what the command is for
        missed |= result["ratio"] > result["target"]
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
