"""A provider's answer, which the browser brings back.

Anyone could have forged its parameters. Only the browser that started the sign-in has the cookie of
this attempt. Each attempt has its own cookie, so that tabs share nothing: of two sign-ins that start
at once, the second overwrites what the first keeps in the session.
"""

from __future__ import annotations

import hmac
from collections.abc import Collection

from shared_validator.consumer.errors import MALFORMED, ConsumerError
from shared_validator.edge import cookies
from shared_validator.http import BadRequest, Request, single
from shared_validator.vault import digest, new_secret

_COOKIE = "consumer_attempt_"

POSTED = frozenset({"code", "state", "iss", "error"})
"""The parameters of an answer that is posted: those that a sign-in uses. Apple's ``user``, a name that
anyone could have written, would be in the URL."""

MAX_COOKIES = 10
"""How many attempts a browser keeps a cookie for. It could not send hundreds of them."""


def bind(attempt: bytes, seconds: int, now: int) -> str:
    """Send the browser the cookie of a new attempt, and delete the oldest above the limit.

    Args:
        attempt: the digest that names the attempt.
        seconds: how long the attempt lasts.
        now: the current time.

    Returns:
        Its value, a secret; empty if no mount sends cookies for this request.
    """
    jar = cookies.current.get()
    if jar is None:
        return ""
    # The value begins with the time, so that the oldest is the smallest.
    received = cookies.received(jar.request)
    kept = sorted((value, name) for name, value in received if name.startswith(_COOKIE))
    for _value, name in kept[: max(0, len(kept) + 1 - MAX_COOKIES)]:
        jar.send(name, "", 0)
    secret = f"{now}.{new_secret()}"
    jar.send(_cookie_name(attempt), secret, seconds)
    return secret


def _cookie_name(attempt: bytes) -> str:
    return _COOKIE + attempt.hex()[:16]


class Callback:
    """The parameters of a callback, each at most once (RFC 6749 §3.1).

    Args:
        request: the request to the redirect URI.
        browser: the secret in the session of the browser that sent it.
    """

    def __init__(self, request: Request, browser: str) -> None:
        self._request = request
        self.browser = browser

    def get(self, name: str) -> str | None:
        """Return a parameter, or ``None``.

        Raises:
            ConsumerError: it is repeated, or the query cannot be decoded.
        """
        try:
            return single(self._request.query, name)
        except (BadRequest, ValueError) as error:
            raise ConsumerError(MALFORMED, "a callback with a malformed query") from error

    def require(self, name: str, message: str) -> str:
        """Return a parameter. Raises ``ConsumerError`` with ``message`` if there is no value."""
        value = self.get(name)
        if not value:
            raise ConsumerError(message, f"a callback without {name}")
        return value

    def proves(self, attempt: bytes, secret_hashes: Collection[str]) -> bool:
        """Return whether the browser has the cookie of an attempt, or the secret of its session.

        Args:
            attempt: the digest that names the attempt.
            secret_hashes: the hexadecimal digests of both.
        """
        return any(
            hmac.compare_digest(digest(secret).hex(), known)
            for secret in (*self.cookies(attempt), self.browser)
            for known in secret_hashes
        )

    def cookies(self, attempt: bytes) -> list[str]:
        """Return the values of an attempt's cookie. Another host of the domain may add some."""
        wanted = _cookie_name(attempt)
        return [value for name, value in cookies.received(self._request) if name == wanted]
