"""Deleting expired records in batches, which hold their lock for only a few milliseconds."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

CLAIMED_CODE_SECONDS = 86_400
"""How long a claimed code is kept after it expires.

A code that leaked through a log or a browser's history is tried within a day, and must then still
revoke its tokens (RFC 6749 §4.1.2). After that, it is refused like any unknown code.
"""

SEALED_ANSWER_SECONDS = 600
"""How long a refresh token keeps the response that issued it.

The time counts from its issue, when its predecessor was rotated.
"""

SMALLEST_BATCH, LARGEST_BATCH = 25, 2_000
AIM_SECONDS = 0.004
"""How long a batch may hold its lock before the next batch is made smaller.

SQLite's waiting writers try again after 1, 2, 5 … ms. With batches of 4 ms most of them write
within 5 ms, with batches of 10 ms within 20.
"""


def in_batches(prune: Callable[[int, int], tuple[Sequence[int], float]]) -> int:
    """Prune until a batch is not full, and return how many records were deleted.

    Args:
        prune: prunes the oldest records that did not expire before a time (first parameter), up to
            a number (second parameter). It returns when they expired, and for how many seconds it
            held the lock.
    """
    pruned, batch, after = 0, SMALLEST_BATCH, 0
    while True:
        times, seconds = prune(after, batch)
        pruned += len(times)
        if len(times) < batch:
            return pruned
        after = max(times)
        batch = min(batch * 2, LARGEST_BATCH) if seconds < AIM_SECONDS / 2 else batch
        batch = max(batch // 2, SMALLEST_BATCH) if seconds > AIM_SECONDS else batch
        # SQLite's waiting writers do not queue, but try again now and then. Give them as much time
        # as the batch took.
        time.sleep(seconds)
