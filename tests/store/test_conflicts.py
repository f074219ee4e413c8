"""The contract of a store: transactions that the database rolls back because of simultaneous ones are repeated."""

from __future__ import annotations

import multiprocessing
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Barrier, BrokenBarrierError, Thread
from typing import Any

import pytest

from shared_validator.context import Context
from shared_validator.keys import ALGORITHMS, KeyRing
from shared_validator.settings import Settings
from shared_validator.store import Store, StoreUnavailable, writers
from shared_validator.store.errors import RolledBack
from shared_validator.store.repeating import REPEATS
from shared_validator.vault import new_key
from tests.store import samples
from tests.store.crew import THREADS, OpenStore
from tests.store.samples import LATER, NOW, new_hash


@pytest.mark.fault(36)
@pytest.mark.parametrize("name", ["serializable", "django_serializable"])
def test_a_transaction_is_repeated_as_a_whole(name: str, request: pytest.FixtureRequest) -> None:
    """SQLSTATE 40001: of two serializable transactions that read what the other writes one is repeated, and sees the other's work."""
    both_have_read = Barrier(2)

    def once_more(store: Store, key: bytes, other: bytes) -> int:
        def work() -> int:
            count = sum(store.sealed(name, NOW) is not None for name in (key, other))
            wait(both_have_read)
            store.save_sealed(key, str(count).encode(), LATER)
            return count

        # The first write begins the transaction, so that both read within it.
        return store.transact(lambda: (store.use_nonce(new_hash(), LATER), work())[1])

    with closing(request.getfixturevalue(f"open_{name}")()) as store, ThreadPoolExecutor(2) as threads:
        done = [threads.submit(once_more, store, *keys) for keys in ((b"a", b"b"), (b"b", b"a"))]
        assert [0, 1] == sorted(counted.result() for counted in done)


def wait(barrier: Barrier) -> None:
    """Wait for the other thread the first time, and never again."""
    try:
        barrier.wait(5)
    except BrokenBarrierError:
        return
    barrier.abort()


@pytest.mark.fault(36)
@pytest.mark.parametrize("name", ["postgresql", "django_postgresql"])
def test_a_deadlock_ends_well_for_both(name: str, request: pytest.FixtureRequest) -> None:
    """SQLSTATE 40P01: two transactions that wait for each other's rows are both carried out, one after the other."""
    both_have_written = Barrier(2)
    names = (new_hash(), new_hash())

    def write(store: Store, value: bytes, first: bytes, second: bytes) -> None:
        def work() -> None:
            store.save_sealed(first, value, LATER)
            wait(both_have_written)
            store.save_sealed(second, value, LATER)

        store.transact(work)

    with closing(request.getfixturevalue(f"open_{name}")()) as store, ThreadPoolExecutor(2) as threads:
        for sealed in names:
            store.save_sealed(sealed, b"before", LATER)
        for done in [threads.submit(write, store, b"one", *names), threads.submit(write, store, b"two", *reversed(names))]:
            done.result()
        assert store.sealed(names[0], NOW) == store.sealed(names[1], NOW) != b"before"


@pytest.mark.fault(36)
def test_a_transaction_that_is_rolled_back_each_time_is_unavailable(store: Store) -> None:
    """After a bounded number of repeats the answer is a 503 with ``Retry-After`` (RFC 9110 §15.6.4), and nothing was written."""
    tried: list[None] = []

    def work() -> None:
        tried.append(None)
        store.use_nonce(b"nonce", LATER)
        raise RolledBack

    with pytest.raises(StoreUnavailable) as refused:
        store.transact(work)
    assert (503, (("Retry-After", "5"),)) == (refused.value.status, refused.value.headers)
    assert REPEATS + 1 == len(tried)
    assert store.use_nonce(b"nonce", LATER)


@pytest.mark.fault(36)
def test_another_error_is_not_repeated(store: Store) -> None:
    """Only what the database itself has rolled back is taken again."""
    tried: list[None] = []

    def work() -> None:
        tried.append(None)
        raise KeyError

    with pytest.raises(KeyError):
        store.transact(work)
    assert [None] == tried


def _first_keys(open_store: OpenStore, secret_key: str, begun: Any, answers: Any) -> None:
    settings = Settings.from_environ({"OAUTH_ISSUER": "https://id.example", "OAUTH_SECRET_KEY": secret_key})
    with closing(open_store()) as store:

        def sign() -> None:
            ring = KeyRing(Context(settings, store, {}))
            begun.wait(60)
            answers.put({algorithm: str(ring.signing_key(algorithm).kid) for algorithm in ALGORITHMS})

        threads = [Thread(target=sign) for _ in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


@pytest.mark.fault(37)
def test_processes_that_start_together_make_one_first_key(store: Store, open_store: OpenStore) -> None:
    """Each algorithm has one signing key, and what one process signs with it the JWKS of each other has (RFC 7517 §5)."""
    spawn = multiprocessing.get_context("spawn")
    begun, answers = spawn.Barrier(2 * THREADS), spawn.Queue()
    arguments = (open_store, new_key(), begun, answers)
    processes = [spawn.Process(target=_first_keys, args=arguments) for _ in range(2)]
    for process in processes:
        process.start()
    signing = [answers.get(timeout=60) for _ in range(2 * THREADS)]
    for process in processes:
        process.join(60)
    assert [{key.algorithm: key.kid for key in store.signing_keys()}] * len(signing) == signing
    assert len(ALGORITHMS) == len(store.signing_keys())


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a writer wait for the other threads of this process for 0.1 seconds only."""
    monkeypatch.setattr(writers, "WAIT_SECONDS", 0.1)


@pytest.mark.fault(37)
@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("name", ["sqlite", "django_sqlite"])
def test_one_thread_of_a_process_writes_to_sqlite_at_a_time(name: str, request: pytest.FixtureRequest) -> None:
    """The others wait for their turn, which is bounded: a 503 (RFC 9110 §15.6.4). Readers do not wait, and nothing is lost."""
    with closing(request.getfixturevalue(f"open_{name}")()) as store, ThreadPoolExecutor(1) as other:

        def refused(write: Callable[[], object]) -> None:
            with pytest.raises(StoreUnavailable, match="another thread"):
                write()

        with store.transaction():
            assert store.use_nonce(b"first", LATER)
            other.submit(refused, lambda: store.use_nonce(b"second", LATER)).result()
            other.submit(refused, lambda: store.transact(lambda: store.use_nonce(b"second", LATER))).result()
            other.submit(refused, lambda: store.revoke_grant(b"grant")).result()
            assert other.submit(store.client, "client").result() is None
            other.submit(store.ping).result()
        assert [other.submit(store.use_nonce, nonce, LATER).result() for nonce in (b"first", b"second")] == [False, True]


@pytest.mark.fault(37)
@pytest.mark.parametrize("name", ["sqlite", "django_sqlite"])
def test_a_transaction_that_fails_lets_the_next_thread_write(name: str, request: pytest.FixtureRequest) -> None:
    """A refused request keeps no lock."""
    with closing(request.getfixturevalue(f"open_{name}")()) as store, ThreadPoolExecutor(1) as other:

        def fail() -> None:
            store.use_nonce(b"nonce", LATER)
            raise KeyError

        with pytest.raises(KeyError):
            store.transact(fail)
        assert other.submit(store.use_nonce, b"nonce", LATER).result()
        store.save_user(samples.user(username="alice"))
        with pytest.raises(ValueError, match="there already"):
            store.save_user(samples.user(username="alice"))
        assert other.submit(store.use_nonce, b"another", LATER).result()


FORK = """
import os, sys, threading
from shared_validator.store import writers
from shared_validator.store.sql import SQLStore

writers.WAIT_SECONDS = 1
store = SQLStore(sys.argv[1])
held, end = threading.Event(), threading.Event()

def write():
    with writers.alone(os.path.realpath(store.engine.url.database)):
        held.set()
        end.wait()

thread = threading.Thread(target=write)
thread.start()
held.wait()
child = os.fork()
if child == 0:
    os._exit(0 if store.use_nonce(b"child", 0) else 1)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
end.set()
thread.join()
store.close()
"""


@pytest.mark.fault(37)
def test_a_child_process_does_not_wait_for_its_parents_threads(tmp_path: Path) -> None:
    """A server that forks a worker while a thread writes leaves it no lock that it could never get."""
    url = f"sqlite:///{tmp_path / 'store.sqlite3'}"
    subprocess.run([sys.executable, "-W", "ignore", "-c", FORK, url], check=True, timeout=60)
