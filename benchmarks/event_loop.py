"""What it costs others that a request waits for the store: an asynchronous provider answers them meanwhile, on the same event loop."""

from __future__ import annotations

import json
import secrets
import sqlite3
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from statistics import median, quantiles
from urllib.parse import urlencode
from urllib.request import urlopen

from benchmarks.load import Exchange, Load, Round, get, interleaved, repeat
from benchmarks.results import Result
from frameworks.manifests import Manifest, manifests
from frameworks.serve import free_port, serving, url_of

ROUNDS = 9
SECONDS = 0.8
WRITERS = 4

_CLIENT = {
    "client_id": "benchmark",
    "client_secret": secrets.token_urlsafe(32),
    "grant_types": ["client_credentials"],
    "scope": "notes:read",
    "token_endpoint_auth_method": "client_secret_post",
}
_FORM = urlencode(
    {"grant_type": "client_credentials"}
    | {key: _CLIENT[key] for key in ("client_id", "client_secret")}
).encode()


class _WhileOthersWait(Load):
    """A load that runs while somebody holds the lock of the database, and requests that write wait for it."""

    def __init__(self, port: int, database: Path) -> None:
        super().__init__(port, [_unrelated()], lambda: 0)
        self._token_url = f"{url_of(port)}/oauth2/token"
        self._database = database

    def run(self, seconds: float) -> Round:
        """Do the same as `Load.run`. Raises `RuntimeError` when a writer did not wait."""
        with (
            ThreadPoolExecutor(WRITERS) as pool,
            closing(sqlite3.connect(self._database, isolation_level=None)) as other,
        ):
            other.execute("BEGIN IMMEDIATE")
            try:
                writers = [pool.submit(self._write) for _ in range(WRITERS)]
                found = super().run(seconds)
                if any(writer.done() for writer in writers):
                    raise RuntimeError("a request that writes did not wait for the lock")
            finally:
                other.execute("ROLLBACK")
            for writer in writers:
                writer.result()
        return found

    def _write(self) -> None:
        with urlopen(self._token_url, _FORM, timeout=30) as answer:  # noqa: S310 - our own URL
            answer.read()


def _unrelated() -> Exchange:
    return repeat(get("/static/style.css"))


def measure() -> Iterator[Result]:
    """Measure every asynchronous provider."""
    for manifest in manifests().values():
        if manifest.kind != "wsgi" and "provider" in manifest.roles and manifest.status != "broken":
            yield from _measure(manifest)


def _measure(manifest: Manifest) -> Iterator[Result]:
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="cookbook-bench-") as folder:
        seed, database = Path(folder) / "seed.json", Path(folder) / "provider.sqlite"
        seed.write_text(json.dumps({"clients": [_CLIENT]}))
        with serving(manifest, "provider", port, database=f"sqlite:///{database}", seed=seed):
            loads = {
                "alone": Load(port, [_unrelated()], lambda: 0),
                "beside": _WhileOthersWait(port, database),
            }
            found = interleaved(loads, ROUNDS, SECONDS)
    for index, (name, at_most) in enumerate({"median": 1.5, "p99": 3}.items()):
        beside, alone = (
            [_percentiles(one)[index] for one in found[which]] for which in ("beside", "alone")
        )
        ratio = median(one / other for one, other in zip(beside, alone, strict=True))
        detail = f"{median(beside) * 1e3:.2f} against {median(alone) * 1e3:.2f} ms; {WRITERS} requests wait"
        yield Result(
            name=f"{manifest.title}: {name} while others wait for the store",
            value=ratio,
            at_most=at_most,
            detail=detail,
        )


def _percentiles(round_: Round) -> tuple[float, float]:
    percentiles = quantiles(round_.latencies, n=100)
    return percentiles[49], percentiles[98]
