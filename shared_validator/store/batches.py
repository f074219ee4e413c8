"""How a store deletes what expired without standing in anybody's way: in batches that hold their lock for a few milliseconds."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

CLAIMED_CODE_SECONDS = 86_400
"""For how long a claimed code is remembered after its end: a code that leaked through a log or a browser's history is tried within a day,
and must then still revoke what was issued for it (RFC 6749 §4.1.2). Later it is refused as any unknown code."""

SEALED_ANSWER_SECONDS = 600
"""For how long a refresh token keeps the answer that carried it, counted from its issue, which is when its predecessor was rotated."""

SMALLEST_BATCH, LARGEST_BATCH = 25, 2_000
AIM_SECONDS = 0.004
"""How long a batch may hold its lock before the next one is made smaller. SQLite's waiting writers look again after 1, 2, 5 … ms: beside
batches of 4 ms most of them write within 5 ms, beside batches of 10 ms within 20."""


def in_batches(prune: Callable[[int, int], tuple[Sequence[int], float]]) -> int:
    """Prune until a batch is not filled, and return how many records went.

    Args:
        prune: prunes the oldest records that did not end before a time (first parameter), so many of them (second parameter), and returns
            when they ended and for how many seconds their lock was held.
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
        # SQLite's waiting writers try again now and then, rather than queue: they get as much time as was taken from them.
        time.sleep(seconds)
