"""What a request costs a provider in Flask on SQLite, against an endpoint of the same server that does the least."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from statistics import median, quantiles

from benchmarks.load import CONNECTIONS, Load, Round, get, interleaved
from benchmarks.results import Result
from benchmarks.served import (
    Served,
    authorizing,
    client_credentials_request,
    cores,
    insert_request,
    refreshing,
    served_provider,
)

ROUNDS = 9
SECONDS = 0.8
_REQUESTS_OF_A_FLOW = 3


def measure() -> Iterator[Result]:
    """Measure everything that is asked over HTTP."""
    with cores() as environ:
        with served_provider(environ) as served:
            yield from _opaque(served)
        with served_provider(environ | {"OAUTH_ACCESS_TOKEN_FORMAT": "jwt"}) as served:
            yield from _jwt(served)
        # SQLite has one writer: threads that wait for its lock try again now and then, and would measure how long they sleep.
        with served_provider(environ, "--threads=1") as served:
            yield from _issuing(served)


def _opaque(served: Served) -> Iterator[Result]:
    others = {"/api/me": "/api/me", "without sessions": "/plain/select"}
    others_loads = {
        name: served.repeated(_with_token(served, path)) for name, path in others.items()
    }
    found = interleaved(_reading(served) | others_loads, ROUNDS, SECONDS)
    yield _per_second("API, opaque token, against SELECT", found, at_least=0.85)
    yield _per_second("/api/me, opaque token, against SELECT", found, name="/api/me")
    yield _per_second(
        "SELECT without sessions and forms, against SELECT", found, name="without sessions"
    )


def _jwt(served: Served) -> Iterator[Result]:
    yield _per_second(
        "API, JWT, against SELECT", interleaved(_reading(served), ROUNDS, SECONDS), at_least=0.85
    )


def _reading(served: Served) -> dict[str, Load]:
    checked = _with_token(served, "/benchmark/check")
    return {
        "check": served.repeated(checked),
        "bare": served.repeated(checked.replace(b"/benchmark/check", b"/bare/select", 1)),
    }


def _with_token(served: Served, path: str) -> bytes:
    return get(path, Authorization=f"Bearer {served.tokens()['access_token']}")


def _issuing(served: Served) -> Iterator[Result]:
    refresh_tokens = [served.tokens()["refresh_token"] for _ in range(CONNECTIONS)]
    loads = {
        "client credentials": served.repeated(client_credentials_request()),
        "bare": served.repeated(insert_request(client_credentials_request())),
        "refresh": served.load(*map(refreshing, refresh_tokens)),
        "flow": served.load(*(authorizing(served) for _ in range(CONNECTIONS))),
    }
    found = interleaved(loads, ROUNDS, SECONDS)
    yield _per_second(
        "client credentials, against durable INSERT",
        found,
        name="client credentials",
        at_least=0.80,
    )
    yield _cpu("refresh, CPU time against durable INSERT", found)
    yield _tail("refresh, p99 against median latency", found)
    flows = median(one.per_second for one in found["flow"]) / _REQUESTS_OF_A_FLOW
    cpu = median(one.cpu for one in found["flow"]) * _REQUESTS_OF_A_FLOW
    yield Result(
        name="code + PKCE flow",
        value=flows,
        unit="/s",
        detail=f"authorize, exchange, use; {cpu * 1e6:.0f} µs of CPU",
    )


def _per_second(
    what: str,
    found: Mapping[str, Sequence[Round]],
    *,
    name: str = "check",
    at_least: float | None = None,
) -> Result:
    ratio = median(
        one.per_second / bare.per_second
        for one, bare in zip(found[name], found["bare"], strict=True)
    )
    one, bare = (median(round_.per_second for round_ in found[which]) for which in (name, "bare"))
    detail = f"{one:.0f}/s against {bare:.0f}/s; {_cpu_detail(found, name)}"
    return Result(name=what, value=ratio, at_least=at_least, detail=detail)


def _cpu(what: str, found: Mapping[str, Sequence[Round]]) -> Result:
    ratio = median(
        one.cpu / bare.cpu for one, bare in zip(found["refresh"], found["bare"], strict=True)
    )
    one, bare = (
        median(round_.per_second for round_ in found[which]) for which in ("refresh", "bare")
    )
    return Result(
        name=what,
        value=ratio,
        at_most=1.9,
        detail=f"{_cpu_detail(found, 'refresh')}; {one:.0f}/s against {bare:.0f}/s",
    )


def _cpu_detail(found: Mapping[str, Sequence[Round]], name: str) -> str:
    one, bare = (median(round_.cpu for round_ in found[which]) * 1e6 for which in (name, "bare"))
    return f"CPU {one:.0f} against {bare:.0f} µs"


def _tail(what: str, found: Mapping[str, Sequence[Round]]) -> Result:
    middle, last = _percentiles(found["refresh"])
    bare_middle, bare_last = _percentiles(found["bare"])
    bare = f"INSERT {bare_last * 1e3:.1f}, {bare_middle * 1e3:.1f} ms"
    detail = f"{last * 1e3:.1f} against {middle * 1e3:.1f} ms, {CONNECTIONS} at a time; {bare}"
    return Result(name=what, value=last / middle, at_most=4, detail=detail)


def _percentiles(rounds: Sequence[Round]) -> tuple[float, float]:
    percentiles = quantiles([latency for one in rounds for latency in one.latencies], n=100)
    return percentiles[49], percentiles[98]


def measure_start_up() -> Iterator[Result]:
    """Measure how long a process takes to import the provider, without what Python itself takes."""
    times: dict[str, list[float]] = {"pass": [], "import shared_validator.provider": []}
    for _ in range(ROUNDS):
        for statement, found in times.items():
            found.append(_cpu_of(statement))
    bare, whole = (median(found) for found in times.values())
    yield Result(
        name="start-up: import shared_validator.provider",
        value=(whole - bare) * 1e3,
        unit="ms",
        detail=f"CPU; Python {bare * 1e3:.0f} ms",
    )


def _cpu_of(statement: str) -> float:
    before = os.times()
    subprocess.run([sys.executable, "-c", statement], check=True)  # noqa: S603 - our own statement
    after = os.times()
    return (
        after.children_user + after.children_system - before.children_user - before.children_system
    )
