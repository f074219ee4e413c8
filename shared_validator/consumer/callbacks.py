"""The parameters that a provider sends back with the browser, which anyone could have forged."""

from __future__ import annotations

from shared_validator.consumer.errors import MALFORMED, ConsumerError
from shared_validator.http import BadRequest, Request, single


class Callback:
    """The parameters of a callback, each at most once (RFC 6749 §3.1).

    Args:
        request: the request to the redirect URI.
    """

    def __init__(self, request: Request) -> None:
        self._request = request

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
