"""Cookies that a mount adds to the response of the application, whatever its framework."""

from __future__ import annotations

from contextvars import ContextVar

from shared_validator.http import Request


class Jar:
    """The cookies of one request, and those to send with its response.

    Args:
        request: the request.
        path: the path of the public URL; empty at the root of a host.
        secure: whether browsers reach the application over https.
    """

    def __init__(self, request: Request, path: str, secure: bool) -> None:
        self.request = request
        self.headers: list[tuple[str, str]] = []
        # Lax: a provider's redirect is a navigation from another site, with GET.
        self._attributes = f"Path={path or '/'}; HttpOnly; SameSite=Lax{'; Secure' * secure}"

    def send(self, name: str, value: str, seconds: int) -> None:
        """Send a cookie with the response. With 0 seconds, the browser deletes it."""
        cookie = f"{name}={value}; Max-Age={seconds}; {self._attributes}"
        self.headers.append(("Set-Cookie", cookie))


current: ContextVar[Jar | None] = ContextVar("jar", default=None)
"""The jar of the current request; ``None`` if no mount sends cookies for it."""


def received(request: Request) -> tuple[tuple[str, str], ...]:
    """Return the names and values of a request's cookies (RFC 6265 §4.2.1)."""
    parts = request.headers.get("cookie", "").split(";")
    pairs = (part.strip().partition("=") for part in parts)
    return tuple((name, value) for name, _, value in pairs if value)
