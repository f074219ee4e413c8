"""The limit on how many passwords a process hashes at once."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from threading import Event, Lock
from typing import Any

import pytest

from shared_validator.accounts import passwords, sign_in
from shared_validator.accounts.turns import HASHING, WAITING, HashingBusy, Turns, turns
from shared_validator.events import Event as Happened
from shared_validator.store import User
from tests.unit.accounts.conftest import PASSWORD, Accounts

pytestmark = pytest.mark.fault(5)


@pytest.fixture
def crowd() -> Iterator[None]:
    """All turns of the process are taken, and all places to wait."""
    with ExitStack() as stack:
        for _ in range(HASHING + WAITING):
            stack.enter_context(turns._place())
        yield


def take(queue: Turns) -> str:
    """Take a turn on another thread."""

    def work() -> str:
        with queue.take():
            return "worked"

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(work).result(30)


def test_one_works_one_waits_and_the_third_is_refused(happened: list[Happened]) -> None:
    """RFC 9110 §15.6.4: the refusal is a 503 that says when to try again, and an event."""
    queue, began, done = Turns(1, 1, 30), Event(), Event()

    def work() -> str:
        began.set()
        with queue.take():
            done.set()
        return "worked"

    with ExitStack() as stack:
        pool = stack.enter_context(ThreadPoolExecutor(1))
        with queue.take():
            second = pool.submit(work)
            began.wait(30)
            while queue._places.acquire(blocking=False):  # until the second waits
                queue._places.release()
            with pytest.raises(HashingBusy) as refused:
                take(queue)
            assert not done.is_set()
        assert "worked" == second.result(30)
    assert (503, ("Retry-After", "5")) == (refused.value.status, refused.value.headers[0])
    assert "sign_in_busy" in [event.name for event in happened]
    queue.check()


def test_who_waits_too_long_is_refused_and_leaves_the_queue() -> None:
    """The place is free again afterwards."""
    queue = Turns(1, 1, 0.01)
    with queue.take():
        for _ in range(3):
            with pytest.raises(HashingBusy):
                take(queue)
    assert "worked" == take(queue)


def test_a_process_hashes_few_passwords_at_once(monkeypatch: pytest.MonkeyPatch, alice: User) -> None:
    """RFC 9106 §4: each takes 64 MiB; 100 simultaneous sign-ins take no more than two."""
    real, lock, at_once, most = passwords._hasher, Lock(), 0, 0

    class Hasher:
        def verify(self, password_hash: str, password: str) -> bool:
            nonlocal at_once, most
            with lock:
                at_once += 1
                most = max(most, at_once)
            try:
                return real.verify(password_hash, password)
            finally:
                with lock:
                    at_once -= 1

    passwords._nobodys_hash()
    monkeypatch.setattr(passwords, "_hasher", Hasher())

    def verify(_number: int) -> Any:
        try:
            return passwords.verify_password(alice.password_hash, PASSWORD)
        except HashingBusy:
            return "busy"

    with ThreadPoolExecutor(100) as pool:
        found = list(pool.map(verify, range(100)))
    assert {True, "busy"} >= set(found)
    assert HASHING <= found.count(True)
    assert 1 <= most <= HASHING <= 2


def test_a_crowd_is_refused_with_a_page_and_counts_no_try(accounts: Accounts, crowd: None, happened: list[Happened]) -> None:
    """RFC 9110 §15.6.4: what was not checked was no guess, and people read what to do."""
    pages = [accounts.sign_in(password="wrong") for _ in range(20)]

    assert {(503, "5")} == {(page.status, page.header("Retry-After")) for page in pages}
    assert b"Wait a few seconds, then try again." in pages[0].body
    assert {"sign_in_busy"} == {event.name for event in happened}


def test_a_try_that_found_no_turn_is_taken_back(accounts: Accounts, monkeypatch: pytest.MonkeyPatch, crowd: None) -> None:
    """The queue may have filled after it was looked at."""
    monkeypatch.setattr(turns, "check", lambda: None)

    assert {503} == {accounts.sign_in(password="wrong").status for _ in range(20)}


@pytest.mark.parametrize("looked", [True, False])
def test_a_check_of_another_system_waits_for_a_turn_too(
    accounts: Accounts, monkeypatch: pytest.MonkeyPatch, crowd: None, looked: bool
) -> None:
    """Whatever hashes the passwords that were there before, few are checked at once."""
    checked: list[str] = []
    accounts.context = replace(accounts.context, verify_password=lambda stored, typed: not checked.append(typed))
    if not looked:
        monkeypatch.setattr(turns, "check", lambda: None)

    with pytest.raises(HashingBusy):
        sign_in.sign_in(accounts.context, "alice", PASSWORD, "192.0.2.1")
    assert [] == checked


def test_a_thread_uses_the_turn_that_it_has() -> None:
    """A check and the new hash of an outdated one are one sign-in; afterwards the turn is free."""
    queue = Turns(1, 0, 0.01)
    for _ in range(2):
        with queue.take(), queue.take(), pytest.raises(HashingBusy):
            take(queue)
    assert "worked" == take(queue)


def test_requests_without_an_address_are_counted(accounts: Accounts) -> None:
    """A server on a Unix socket has no addresses (WSGI: an empty REMOTE_ADDR): its visitors share the limit by address."""
    limit = accounts.context.settings.login_failures_per_address
    found = [accounts.post("/login", {"username": f"user{n}", "password": ""}, address="").status for n in range(limit + 1)]

    assert [422] * limit + [429] == found
