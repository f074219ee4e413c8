"""Workers in several processes that take the same step of a store at the same moment."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import closing
from functools import partial
from multiprocessing.synchronize import Barrier
from typing import Any

PROCESSES = 4
THREADS = 4
WORKERS = PROCESSES * THREADS

Step = tuple[str, tuple[Any, ...]]


OpenStore = Callable[[], Any]
"""Opens a ``Store`` that has a ``close()`` besides: it closes the connections of all threads."""


class Crew:
    """Sixteen workers in four processes, which start once and serve all tests."""

    def __init__(self) -> None:
        spawn = multiprocessing.get_context("spawn")
        # A barrier that a failed worker leaves open would hang the tests.
        self._processes = ProcessPoolExecutor(PROCESSES, spawn, _remember, (spawn.Barrier(WORKERS, timeout=60),))

    def all_at_once(self, open_store: OpenStore, steps: Sequence[Step]) -> list[list[Any]]:
        """Let all workers take each step, a method of the store and its arguments, and return their answers step by step."""
        answers = self._spread(partial(_take, open_store, steps))
        return [[answer[step] for answer in answers] for step in range(len(steps))]

    def open_at_once(self, open_store: OpenStore) -> list[int]:
        """Let all workers open a store and count to the same counter, and return their counts."""
        return self._spread(partial(_open, open_store))

    def _spread(self, work: Callable[[], list[Any]]) -> list[Any]:
        # All workers wait for each other, so that no process can take two shares.
        return [answer for share in [self._processes.submit(work) for _ in range(PROCESSES)] for answer in share.result(timeout=120)]

    def close(self) -> None:
        """End the processes."""
        self._processes.shutdown()


_barrier: Barrier


def _remember(barrier: Barrier) -> None:
    global _barrier  # noqa: PLW0603 - a barrier reaches a process of a pool in no other way
    _barrier = barrier


def _threads(work: Callable[[], Any]) -> list[Any]:
    with ThreadPoolExecutor(THREADS) as threads:
        return [answer.result() for answer in [threads.submit(work) for _ in range(THREADS)]]


def _take(open_store: OpenStore, steps: Sequence[Step]) -> list[list[Any]]:
    with closing(open_store()) as store:

        def work() -> list[Any]:
            answers = []
            for method, arguments in steps:
                _barrier.wait()
                answers.append(getattr(store, method)(*arguments))
            return answers

        return _threads(work)


def _open(open_store: OpenStore) -> list[int]:
    def work() -> int:
        _barrier.wait()
        with closing(open_store()) as store:
            return store.count("opened", 60, 0)

    return _threads(work)
