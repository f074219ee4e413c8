"""One writer at a time within a process, for SQLite.

SQLite's writers do not queue: each tries again now and then, and starves while others write. A lock
of the process passes the file on as soon as it is free.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator

from shared_validator.store.errors import StoreUnavailable

WAIT_SECONDS = 5
"""How long a writer waits for the other threads of its process."""

_locks: dict[str, threading.Lock] = {}


@contextlib.contextmanager
def alone(path: str) -> Iterator[None]:
    """Let no other thread of this process write to an SQLite file within the block.

    Args:
        path: the absolute path of the file.

    Raises:
        StoreUnavailable: another thread has written for ``WAIT_SECONDS``.
    """
    lock = _locks.setdefault(path, threading.Lock())
    if not lock.acquire(timeout=WAIT_SECONDS):
        raise StoreUnavailable("the database is locked by another thread")
    try:
        yield
    finally:
        lock.release()


if hasattr(os, "register_at_fork"):  # what a parent's thread holds, no thread of the child releases
    os.register_at_fork(after_in_child=_locks.clear)
