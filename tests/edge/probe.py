"""Asks an echo what arrived, or for a response to send."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.driving.raw import Answer, raw


@dataclass(frozen=True)
class Place:
    """Where an echo answers.

    Args:
        url: the server's.
        path: the echo's.
        headers: what each request to it needs.
        prefix: what the body of a form begins with: the CSRF token of a page.
    """

    url: str
    path: str
    headers: Mapping[str, str | bytes] = field(default_factory=dict)
    prefix: bytes = b""

    def send(
        self, method: str = "GET", target: bytes = b"", headers: Mapping[str, str | bytes] | None = None, body: bytes = b"", **options: Any
    ) -> Answer:
        """Send a request; ``target`` is what follows the path."""
        return raw(self.url, method, self.path.encode() + target, {**self.headers, **(headers or {})}, body, **options)

    def arrived(self, *args: Any, **options: Any) -> dict[str, Any]:
        """Return what the application saw of a request."""
        answer = self.send(*args, **options)
        assert 200 == answer.status, answer
        seen: dict[str, Any] = json.loads(answer.body)
        return seen | {"body": base64.b64decode(seen["body"])}

    def answer(self, status: int, headers: Iterable[tuple[str, str]] = (), body: bytes = b"", method: str = "GET") -> Answer:
        """Let the application send a response, and return what came of it."""
        wanted = {"status": status, "headers": list(headers), "body": base64.b64encode(body).decode()}
        return self.send(method, headers={"X-Echo": base64.b64encode(json.dumps(wanted).encode())})
