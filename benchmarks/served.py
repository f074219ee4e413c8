"""A served provider with one user and one client, ready for load."""

from __future__ import annotations

import base64
import hashlib
import http.client
import json
import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from benchmarks.load import CONNECTIONS, Exchange, Load, Reply, get, post, repeat
from frameworks.browser import Browser, cookie_header
from frameworks.manifests import ROOT, manifests
from frameworks.serve import free_port, serving, url_of

SCOPE = "profile"
CLIENT_SCOPE = "notes:read"
"""What a client asks for itself, since the identity of a user is not for it."""

_PASSWORD = secrets.token_urlsafe()
_SECRET = secrets.token_urlsafe(32)
_VERIFIER = secrets.token_urlsafe(32)
_CHALLENGE = (
    base64.urlsafe_b64encode(hashlib.sha256(_VERIFIER.encode()).digest()).decode().rstrip("=")
)
_BASIC = "Basic " + base64.b64encode(f"benchmark:{_SECRET}".encode()).decode()


@contextmanager
def cores() -> Iterator[dict[str, str]]:
    """Keep this process, which makes the load, on one core while the block runs, and yield the environment that puts a server on another.

    Where there is one core, or where the system cannot do it, they share what there is.
    """
    available = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    if len(available) < 2:
        yield {}
        return
    os.sched_setaffinity(0, available[:1])
    try:
        yield {"BENCHMARK_CORE": str(available[-1])}
    finally:
        os.sched_setaffinity(0, available)


@dataclass(frozen=True)
class Served:
    """A provider that is being served, and its user's browser, which is signed in."""

    port: int
    browser: Browser

    def cpu(self) -> float:
        """Return the CPU seconds that the server has used."""
        seconds: float = self._answer("GET", "/bare/cpu")["seconds"]
        return seconds

    def _answer(
        self, method: str, path: str, form: str | None = None, **headers: str
    ) -> dict[str, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, form, headers)
            reply = connection.getresponse()
            if reply.status != 200:
                raise RuntimeError(f"{path} answered with {reply.status}: {reply.read()!r}")
            answer: dict[str, Any] = json.load(reply)
        finally:
            connection.close()
        return answer

    def load(self, *exchanges: Exchange) -> Load:
        """Return a load on this server."""
        return Load(self.port, exchanges, self.cpu)

    def repeated(self, request: bytes) -> Load:
        """Return a load of the same request on all connections."""
        return self.load(*(repeat(request) for _ in range(CONNECTIONS)))

    @property
    def callback(self) -> str:
        """Where codes are sent."""
        return f"{url_of(self.port)}/bare/callback"

    @property
    def authorize_path(self) -> str:
        """An authorization request."""
        query = {
            "response_type": "code",
            "client_id": "benchmark",
            "redirect_uri": self.callback,
            "scope": SCOPE,
            "state": "a-state-of-some-length",
            "code_challenge": _CHALLENGE,
            "code_challenge_method": "S256",
        }
        return f"/oauth2/authorize?{urlencode(query)}"

    def exchange_request(self, code: str) -> bytes:
        """Return the request that exchanges a code."""
        return _token_request(**self._exchange(code))

    def _exchange(self, code: str) -> dict[str, str]:
        return {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.callback,
            "code_verifier": _VERIFIER,
        }

    def tokens(self) -> dict[str, Any]:
        """Return the token answer of a flow."""
        code = _code(self.browser.get(url_of(self.port) + self.authorize_path).url)
        headers = {"Authorization": _BASIC, "Content-Type": "application/x-www-form-urlencoded"}
        return self._answer("POST", "/oauth2/token", urlencode(self._exchange(code)), **headers)


def _token_request(**form: str) -> bytes:
    return post("/oauth2/token", form, Authorization=_BASIC)


def client_credentials_request() -> bytes:
    """Return the request of a client that acts for itself."""
    return _token_request(grant_type="client_credentials", scope=CLIENT_SCOPE)


def refresh_request(refresh_token: str) -> bytes:
    """Return the request that refreshes."""
    return _token_request(grant_type="refresh_token", refresh_token=refresh_token)


def insert_request(like: bytes) -> bytes:
    """Return the request to the bare endpoint that writes a row: with the same headers and the same body."""
    return like.replace(b"/oauth2/token", b"/bare/insert", 1)


def refreshing(refresh_token: str) -> Exchange:
    """Use a refresh token, then the one that took its place, and so on."""
    while True:
        reply = yield refresh_request(refresh_token)
        refresh_token = json.loads(reply.body)["refresh_token"]


def authorizing(served: Served) -> Exchange:
    """Ask for a code as a signed-in user who has agreed before, exchange it, and use the token: three requests."""
    authorize = get(
        served.authorize_path, **cookie_header(served.browser.cookies(url_of(served.port)))
    )
    while True:
        code = _code(_location((yield authorize)))
        token = json.loads((yield served.exchange_request(code)).body)["access_token"]
        yield get("/benchmark/check", Authorization=f"Bearer {token}")


def _location(reply: Reply) -> str:
    return next(
        line[10:].decode()
        for line in reply.head.split(b"\r\n")
        if line.lower().startswith(b"location: ")
    )


def _code(url: str) -> str:
    return parse_qs(urlsplit(url).query)["code"][0]


@contextmanager
def served_provider(environ: dict[str, str], *options: str) -> Iterator[Served]:
    """Serve the Flask example with the bare application beside it.

    Args:
        environ: settings that are not the defaults.
        options: what the server is told besides what the manifest says.
    """
    port = free_port()
    manifest = manifests()["flask"]
    *server, _, _ = manifest.server  # without `--call app:create_app`
    manifest = replace(manifest, server=(*server, *options, "benchmarks.application:application"))
    with tempfile.TemporaryDirectory(prefix="cookbook-bench-") as folder:
        seed = Path(folder) / "seed.json"
        seed.write_text(json.dumps(_seed(port)))
        database = f"sqlite:///{folder}/provider.sqlite"
        paths = os.environ | {"PYTHONPATH": str(ROOT)} | environ
        with serving(manifest, "provider", port, database=database, seed=seed, environ=paths):
            served = Served(port, Browser())
            _sign_in_and_agree(served)
            yield served


def _seed(port: int) -> dict[str, Any]:
    return {
        "users": [
            {
                "username": "benchmark",
                "password": _PASSWORD,
                "name": "Ben Chmark",
                "email": "ben@example.org",
            }
        ],
        "clients": [
            {
                "client_id": "benchmark",
                "client_secret": _SECRET,
                "redirect_uris": [f"{url_of(port)}/bare/callback"],
                "grant_types": ["authorization_code", "refresh_token", "client_credentials"],
                "scope": f"{SCOPE} {CLIENT_SCOPE}",
            }
        ],
    }


def _sign_in_and_agree(served: Served) -> None:
    page = served.browser.get(url_of(served.port) + served.authorize_path)
    page = served.browser.submit(page, username="benchmark", password=_PASSWORD)
    served.browser.submit(page, decision="allow")
