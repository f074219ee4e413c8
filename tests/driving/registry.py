"""What was visited, and what must stay secret: each answer that the drivers receive is noted here."""

from __future__ import annotations

import json
import re
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit

import httpx2


class Visit(NamedTuple):
    """One request to a served example, and whether the answer was a refusal."""

    framework: str
    role: str
    method: str
    path: str
    refused: bool


SERVED: dict[str, tuple[str, str]] = {}
"""Framework and role of each example that is served, by host and port."""

VISITS: set[Visit] = set()
SECRETS: set[str] = set()

_FIELDS = frozenset(
    ("access_token", "refresh_token", "id_token", "device_code", "code", "oauth_token", "oauth_token_secret", "oauth_verifier")
)


def note(method: str, url: str, response: httpx2.Response) -> None:
    """Remember that a route was visited, and every credential that the answer carries."""
    parts = urlsplit(url)
    if parts.netloc in SERVED:
        VISITS.add(Visit(*SERVED[parts.netloc], method, parts.path, response.status_code >= 400))
        SECRETS.update(value for name, value in _pairs(response) if name in _FIELDS and len(value) >= 16)


def _pairs(response: httpx2.Response) -> list[tuple[str, str]]:
    kind = response.headers.get("content-type", "").partition(";")[0]
    found = parse_qsl(urlsplit(response.headers.get("location", "")).query)
    if kind == "application/json":
        try:
            body = json.loads(response.content)
        except ValueError:
            return found
        found += [(name, value) for name, value in body.items() if isinstance(value, str)] if isinstance(body, dict) else []
    elif kind == "application/x-www-form-urlencoded":
        found += parse_qsl(response.text)
    return found


def unvisited(routes: list[tuple[str, str]], framework: str, role: str, visits: set[Visit]) -> list[str]:
    """Return the routes of the contract that no test got an answer other than a refusal from.

    Args:
        routes: (method, path) pairs of the contract; a path may hold ``<placeholder>``.
        framework: whose example.
        role: which one.
        visits: what was visited.
    """
    seen = [visit for visit in visits if (visit.framework, visit.role, visit.refused) == (framework, role, False)]
    return [
        f"{framework} {role}: {method} {path}"
        for method, path in routes
        if not any(visit.method == method and _pattern(path).fullmatch(visit.path) for visit in seen)
    ]


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile("".join("[^/]+" if part.startswith("<") else re.escape(part) for part in re.split(r"(<[^>]+>)", path)))
