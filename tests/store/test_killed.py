"""The contract of a store: a process that is killed while it writes."""

from __future__ import annotations

import itertools
import multiprocessing
import threading
from contextlib import closing
from multiprocessing.connection import Connection

from shared_validator.store import Store
from tests.store import samples
from tests.store.conftest import OpenStore

WRITERS = 4
ENOUGH = 150


def _issue_for_ever(open_store: OpenStore, acknowledge: Connection) -> None:
    """Issue pairs of tokens in several threads, and tell of each pair once it is written."""
    telling = threading.Lock()

    def issue(store: Store, writer: int) -> None:
        for number in itertools.count():
            with store.transaction():
                store.save_access_token(samples.access_token(token_hash=_hash(writer, number)))
                store.save_refresh_token(samples.refresh_token(token_hash=_hash(writer, number)))
            with telling:
                acknowledge.send((writer, number))

    with closing(open_store()) as store:
        threads = [threading.Thread(target=issue, args=(store, writer)) for writer in range(WRITERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


def _hash(writer: int, number: int) -> bytes:
    return writer.to_bytes(8, "big") + number.to_bytes(24, "big")


def test_a_killed_process_loses_no_acknowledged_write_and_leaves_no_half_transaction(store: Store, open_store: OpenStore) -> None:
    """``kill -9`` in the middle of issuing: each pair that was told of is there, and each other one is there whole or not at all."""
    spawn = multiprocessing.get_context("spawn")
    acknowledged, acknowledge = spawn.Pipe(duplex=False)
    process = spawn.Process(target=_issue_for_ever, args=(open_store, acknowledge))
    process.start()
    acknowledge.close()
    told = [acknowledged.recv() for _ in range(ENOUGH)]
    process.kill()
    process.join()
    try:
        while True:
            told.append(acknowledged.recv())
    except (EOFError, OSError):  # the last message may be cut off
        acknowledged.close()
    process.close()

    for writer, number in told:
        assert store.access_token(_hash(writer, number)) is not None
        assert store.refresh_token(_hash(writer, number)) is not None
    for writer in range(WRITERS):
        beyond = 1 + max((number for who, number in told if who == writer), default=-1)
        for number in (beyond, beyond + 1):
            assert (store.access_token(_hash(writer, number)) is None) == (store.refresh_token(_hash(writer, number)) is None)
    assert store.use_nonce(b"the store works on", 0)
