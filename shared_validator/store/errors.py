"""The errors of a store. Each knows its HTTP response."""

from __future__ import annotations

from shared_validator.http import BadRequest, HTTPProblem


class StoreUnavailable(HTTPProblem):
    """The database cannot be used right now: it is locked, full, or cannot be reached.

    The call itself is correct, and may succeed a moment later.

    Args:
        reason: the driver's message, for the log and the operator.
    """

    status = 503
    error = "temporarily_unavailable"
    headers = (("Retry-After", "5"),)

    def __init__(self, reason: str = "the database cannot be used") -> None:
        super().__init__(reason)

    @property
    def detail(self) -> str:
        """The message for the visitor, without details of the database."""
        return "The service cannot be used right now. Try again in a moment."


class RolledBack(StoreUnavailable):
    """The database rolled a transaction back because of a simultaneous one. Repeating it helps."""


class Unstorable(BadRequest, ValueError):
    """A string that some database cannot hold.

    It is too long, has half a surrogate pair, or has a NUL character.
    """
