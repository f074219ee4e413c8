"""Why a store does not do what it was asked."""

from __future__ import annotations


class StoreUnavailable(Exception):
    """The database cannot be used right now: it is locked, full, or cannot be reached.

    Nothing is wrong with the call, and the same call may succeed a moment later.
    """


class Unstorable(ValueError):
    """A string that some database cannot hold.

    It is too long, has half a surrogate pair, or has a NUL character.
    """
