"""What 100 people cost who sign in at the same moment: memory, and the wait of everyone else."""

from __future__ import annotations

import os
import re
import secrets
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from urllib.request import urlopen

from benchmarks.results import Result
from frameworks.browser import Browser
from frameworks.manifests import Manifest, manifests
from frameworks.serve import free_port, serving, url_of

FRAMEWORKS = ("fastapi", "flask")
PEOPLE = 100
MEGABYTES = 200
SECONDS = 1.0


def measure() -> Iterator[Result]:
    """Measure an asynchronous provider and one with a pool of threads."""
    for name in FRAMEWORKS:
        yield from _measure(manifests()[name])


def _measure(manifest: Manifest) -> Iterator[Result]:
    port = free_port()
    environ = os.environ | {"OAUTH_LOGIN_FAILURES_PER_ADDRESS": str(10 * PEOPLE)}
    with tempfile.TemporaryDirectory(prefix="cookbook-bench-") as folder:
        database = f"sqlite:///{Path(folder) / 'provider.sqlite'}"
        with serving(manifest, "provider", port, database=database, environ=environ) as server:
            _sign_in(port, Barrier(1))
            before = _memory(server.pid, "VmRSS")
            start, waits = Barrier(PEOPLE + 1), []
            with ThreadPoolExecutor(PEOPLE) as pool:
                people = [pool.submit(_sign_in, port, start) for _ in range(PEOPLE)]
                start.wait()
                while not all(one.done() for one in people):
                    waits.append(_wait(port))
                answers = [one.result() for one in people]
            growth = _memory(server.pid, "VmHWM") - before
    if not {422, 503} >= set(answers) or 422 not in answers:
        raise RuntimeError(f"wrong passwords were answered with {sorted(set(answers))}")
    detail = f"{PEOPLE} sign in at once, {answers.count(503)} are asked to try again"
    yield Result(
        name=f"{manifest.title}: memory for simultaneous sign-ins",
        value=growth,
        unit="MB",
        at_most=MEGABYTES,
        detail=detail,
    )
    yield Result(
        name=f"{manifest.title}: longest wait for /healthz meanwhile",
        value=max(waits),
        unit="s",
        at_most=SECONDS,
        detail=f"{len(waits)} requests",
    )


def _sign_in(port: int, start: Barrier) -> int:
    browser = Browser()
    page = browser.get(f"{url_of(port)}/login")
    start.wait()
    wrong = {"username": secrets.token_hex(8), "password": secrets.token_hex(8)}
    return browser.submit(page, **wrong).status


def _wait(port: int) -> float:
    began = time.perf_counter()
    with urlopen(f"{url_of(port)}/healthz", timeout=60) as answer:  # noqa: S310 - our own URL
        answer.read()
    return time.perf_counter() - began


def _memory(process: int, name: str) -> float:
    """Return what a process uses in megabytes: ``VmRSS`` is now, ``VmHWM`` was the most (Linux)."""
    status = Path(f"/proc/{process}/status").read_text()
    found = re.search(rf"^{name}:\s+(\d+) kB$", status, re.MULTILINE)
    if found is None:
        raise RuntimeError(f"the system does not tell the {name} of a process")
    return int(found[1]) * 1024 / 1e6
