"""A limit on how many passwords a process hashes at once.

Each hash takes 64 MiB of memory and one core (RFC 9106 §4). Without a limit, a few dozen
simultaneous sign-ins exhaust the memory, and starve all other requests.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore, local

from shared_validator import events
from shared_validator.http import HTTPProblem
from shared_validator.pages import gettext as _

HASHING = min(2, os.cpu_count() or 1)
"""How many passwords a process hashes at once: one for each core, but at most 128 MiB."""

WAITING = 4
"""How many more may wait. Each one occupies a thread of the server, and others need threads too."""

WAIT_SECONDS = 5.0


class HashingBusy(HTTPProblem):
    """Too many passwords are being hashed right now (RFC 9110 §15.6.4). None was checked."""

    status = 503
    error = "temporarily_unavailable"
    headers = (("Retry-After", "5"),)

    def __init__(self) -> None:
        super().__init__(
            _("Many people are signing in right now. Wait a few seconds, then try again.")
        )


class Turns:
    """Lets some threads work at once and some wait, and refuses all others.

    Args:
        working: how many threads may work at once.
        waiting: how many more may wait.
        seconds: how long they wait at most.
    """

    def __init__(self, working: int, waiting: int, seconds: float) -> None:
        self._working = BoundedSemaphore(working)
        self._places = BoundedSemaphore(working + waiting)
        self._seconds = seconds
        self._thread = local()

    @contextmanager
    def take(self) -> Iterator[None]:
        """Wait for a turn, or use the one that this thread has. Raises ``HashingBusy`` if too many wait."""
        if getattr(self._thread, "has_turn", False):
            yield
            return
        with self._place():
            if not self._working.acquire(timeout=self._seconds):
                raise _busy()
            self._thread.has_turn = True
            try:
                yield
            finally:
                self._thread.has_turn = False
                self._working.release()

    def check(self) -> None:
        """Raise ``HashingBusy`` if ``take`` would refuse at once. This costs nothing."""
        with self._place():
            pass

    @contextmanager
    def _place(self) -> Iterator[None]:
        if not self._places.acquire(blocking=False):
            raise _busy()
        try:
            yield
        finally:
            self._places.release()


def _busy() -> HashingBusy:
    events.report("sign_in_busy")
    return HashingBusy()


turns = Turns(HASHING, WAITING, WAIT_SECONDS)
"""The turns of this process."""
