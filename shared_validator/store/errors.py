"""What a store raises when it cannot do its work."""

from __future__ import annotations

from shared_validator.http import HTTPProblem


class StoreUnavailable(HTTPProblem):
    """The database cannot be reached, is locked, or is full. Nothing was written."""

    status = 503
    error = "temporarily_unavailable"
    headers = (("Retry-After", "5"),)

    def __init__(self, message: str = "The service cannot be reached right now. Try again in a moment.") -> None:
        super().__init__(message)
