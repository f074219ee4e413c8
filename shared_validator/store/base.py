"""The methods of every store."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import AbstractContextManager

from shared_validator.store.repeating import Result, repeat


class BaseStore(ABC):
    """Stores records for many threads of many processes.

    Every method may be called from any thread of any process. A method that writes is one atomic
    step, durable when it returns; inside ``transaction()`` it is durable when that block ends. A
    step that claims (``claim_*``, ``rotate_*``, ``use_nonce``) is one statement: of any number of
    simultaneous callers exactly one gets the record.

    Every method raises ``StoreUnavailable`` when the database cannot be used right now.
    """

    @abstractmethod
    def transaction(self) -> AbstractContextManager[None]:
        """Join the writes of this thread within the block. Blocks do not nest.

        All of them are written at its end, or none if it raises.

        Reads before the first write take no lock. It is not repeated when the database rolls it
        back because of a simultaneous one: use ``transact`` where that matters.
        """

    def transact(self, work: Callable[[], Result]) -> Result:
        """Call ``work`` in a ``transaction()``, and return what it returns.

        It is called again when the database rolls the transaction back because of a simultaneous
        one (SQLSTATE 40001 and 40P01), so it must change nothing outside of the store.

        Raises:
            StoreUnavailable: the transaction was rolled back each time.
        """

        def step() -> Result:
            with self.transaction():
                return work()

        return repeat(step)

    @abstractmethod
    def ping(self) -> None:
        """Raise ``StoreUnavailable`` if the store cannot be reached. Write nothing."""

    @abstractmethod
    def time(self) -> float:
        """Return the time of the database's clock, in seconds since 1970."""

    @abstractmethod
    def prune(self, now: int) -> int:
        """Delete what expired before ``now`` and return how many records were deleted.

        It works in batches that hold no lock for long. It also deletes the ``sealed_answer`` of
        refresh tokens whose predecessor was rotated more than 600 seconds ago.
        """

    @abstractmethod
    def leave_thread(self) -> None:
        """Close the connection of this thread, which is about to end."""

    @abstractmethod
    def close(self) -> None:
        """Close the connections of all threads. A later call opens new ones."""
