"""Why a store does not do what it was asked. Both know how they are answered."""

from __future__ import annotations

from shared_validator.http import BadRequest, HTTPProblem


class StoreUnavailable(HTTPProblem):
    """The database cannot be used right now: it is locked, full, or cannot be reached.

    Nothing is wrong with the call, and the same call may succeed a moment later.

    Args:
        reason: what the driver says, for the log and the operator.
    """

    status = 503
    error = "temporarily_unavailable"
    headers = (("Retry-After", "5"),)

    def __init__(self, reason: str = "the database cannot be used") -> None:
        super().__init__(reason)

    @property
    def detail(self) -> str:
        """What a visitor is told: nothing of the database."""
        return "The service cannot be used right now. Try again in a moment."


class Unstorable(BadRequest, ValueError):
    """A string that some database cannot hold.

    It is too long, has half a surrogate pair, or has a NUL character.
    """
