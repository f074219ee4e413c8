"""Repeating what the database rolled back because of a simultaneous transaction."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import TypeVar

from shared_validator.store.errors import RolledBack

Result = TypeVar("Result")

REPEATS = 20
"""How often a transaction is repeated. Sixteen that conflict with each other all succeed before."""

_LONGEST_PAUSE_SECONDS = 0.1


def repeat(step: Callable[[], Result]) -> Result:
    """Take a step again, up to ``REPEATS`` times, as long as the database rolls it back.

    Args:
        step: a complete transaction, which changes nothing outside of the database.

    Raises:
        RolledBack: the last time too.
    """
    for number in range(REPEATS):
        try:
            return step()
        except RolledBack:
            # Random, so that those that conflicted do not meet again at once.
            time.sleep(random.uniform(0, min(0.002 * 2**number, _LONGEST_PAUSE_SECONDS)))  # noqa: S311 - no secret
    return step()
