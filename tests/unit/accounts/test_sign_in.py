"""Signing in, and the limits on guessing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier
from typing import Any

import pytest
from argon2 import PasswordHasher

from shared_validator.accounts import passwords
from shared_validator.accounts.sign_in import Refusal, sign_in
from shared_validator.accounts.turns import Turns
from shared_validator.accounts.users import set_password
from shared_validator.store import User
from tests.unit.accounts.conftest import PASSWORD, Accounts


@pytest.fixture
def fast(accounts: Accounts, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Make verification instant, and list the passwords that were verified."""
    verified: list[str] = []

    def verify(password_hash: str | None, password: str) -> bool:
        verified.append(password)
        return password_hash is not None and password == PASSWORD

    accounts.context = replace(accounts.context, verify_password=verify)
    monkeypatch.setattr("shared_validator.accounts.sign_in.turns", Turns(16, 0, 30))
    return verified


def guess(accounts: Accounts, username: str = "alice", password: str = "wrong", address: str = "192.0.2.1") -> User | Refusal:
    return sign_in(accounts.context, username, password, address)


def test_the_right_password_signs_in(accounts: Accounts) -> None:
    """A name and its password lead to the user."""
    assert accounts.alice == guess(accounts, password=PASSWORD)


@pytest.mark.parametrize(
    ("username", "password"), [("alice", "wrong"), ("bob", PASSWORD), ("", ""), ("alice", "p" * 2000), ("é" * 999999, "x")]
)
def test_anything_else_does_not(accounts: Accounts, username: str, password: str) -> None:
    """A wrong password and an unknown user are refused alike."""
    assert Refusal.WRONG is guess(accounts, username, password)


def test_a_user_name_is_found_however_it_is_spelt(accounts: Accounts) -> None:
    """The decomposed spelling of a name is that name (RFC 8265 §3.4)."""
    accounts.store.save_user(replace(accounts.alice, username="Zo\u00eb"))
    assert isinstance(guess(accounts, "Zoe\u0308", PASSWORD), User)


def test_a_user_name_has_so_many_tries(accounts: Accounts, fast: list[str]) -> None:
    """After 10 failures even the right password is refused, from any address, until the window has passed."""
    assert [Refusal.WRONG] * 10 == [guess(accounts, address=f"192.0.2.{n}") for n in range(10)]
    assert Refusal.LIMITED is guess(accounts, password=PASSWORD, address="198.51.100.1")
    assert 10 == len(fast)
    accounts.clock.time += accounts.context.settings.login_window_seconds + 1
    assert accounts.alice == guess(accounts, password=PASSWORD)


def test_an_unknown_user_name_is_limited_alike(accounts: Accounts, fast: list[str]) -> None:
    """The limit does not tell whether a user exists."""
    assert [Refusal.WRONG] * 10 + [Refusal.LIMITED] == [guess(accounts, "nobody", address=f"192.0.2.{n}") for n in range(11)]


def test_an_unknown_user_name_takes_as_long(accounts: Accounts, fast: list[str]) -> None:
    """Nor does the time tell whether a user exists: a password is verified for nobody too."""
    assert Refusal.WRONG is guess(accounts, "nobody")
    assert ["wrong"] == fast


def test_the_spelling_of_a_user_name_gives_no_more_tries(accounts: Accounts, fast: list[str]) -> None:
    """Capitals and combining letters count for one name."""
    names = ["Zoë", "zoë", "Zoe\u0308", "ZOË"] * 3
    assert [Refusal.LIMITED] * 2 == [guess(accounts, name, address=f"192.0.2.{n}") for n, name in enumerate(names)][10:]


def test_an_address_has_so_many_tries(accounts: Accounts, fast: list[str]) -> None:
    """One address that tries many names is stopped; another one goes on."""
    assert [Refusal.WRONG] * 12 + [Refusal.LIMITED] == [guess(accounts, f"user{n}") for n in range(13)]
    assert Refusal.WRONG is guess(accounts, "user13", address="192.0.2.2")


def test_an_address_is_not_stopped_by_those_who_sign_in(accounts: Accounts, fast: list[str]) -> None:
    """An office shares one address: only failures count against it."""
    assert {accounts.alice} == {guess(accounts, password=PASSWORD) for _ in range(20)}
    assert Refusal.WRONG is guess(accounts, "nobody")


def test_an_address_over_its_limit_locks_no_user_out(accounts: Accounts, fast: list[str]) -> None:
    """What a stopped address goes on sending is not counted against the names that it names."""
    for n in range(12):
        guess(accounts, f"user{n}")
    for _ in range(20):
        guess(accounts)
    assert accounts.alice == guess(accounts, password=PASSWORD, address="198.51.100.1")


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("2001:db8::1", "2001:db8::ffff:2", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:192.0.2.7", "192.0.2.7", True),
        ("a-proxy", "another-proxy", False),
    ],
)
def test_an_ipv6_subscriber_is_one_address(accounts: Accounts, fast: list[str], first: str, second: str, same: bool) -> None:
    """A subscriber has 2^64 addresses (RFC 6177 §2), which give no more tries than one."""
    for n in range(12):
        guess(accounts, f"user{n}", address=first)
    assert (Refusal.LIMITED if same else Refusal.WRONG) is guess(accounts, "user12", address=second)


@pytest.mark.fault(5)
def test_requests_without_an_address_share_a_counter(accounts: Accounts, fast: list[str]) -> None:
    """A server on a Unix socket knows no address, which does not switch the limit off."""
    assert [Refusal.WRONG] * 12 + [Refusal.LIMITED] == [guess(accounts, f"user{n}", address="") for n in range(13)]
    assert Refusal.WRONG is guess(accounts, "user13", address="192.0.2.2")


@pytest.mark.fault(6)
def test_signing_in_takes_back_its_own_try_only(accounts: Accounts, fast: list[str]) -> None:
    """The right password gives an attacker who waits for it no more tries (NIST SP 800-63B-4 §3.2.2)."""
    assert [Refusal.WRONG] * 9 == [guess(accounts, address=f"192.0.2.{n}") for n in range(9)]
    assert [accounts.alice] * 20 == [guess(accounts, password=PASSWORD, address="198.51.100.1") for _ in range(20)]
    assert [Refusal.WRONG, Refusal.LIMITED] == [guess(accounts, address=f"198.51.100.{n}") for n in (2, 3)]


@pytest.mark.fault(6)
def test_a_user_whose_name_differs_in_capitals_does_not_reset_the_counter(accounts: Accounts, fast: list[str]) -> None:
    """The names "Alice" and "alice" share a counter, but they are two accounts."""
    accounts.store.save_user(replace(accounts.alice, user_id="other", username="Alice"))
    for n in range(9):
        guess(accounts, address=f"192.0.2.{n}")
    assert isinstance(guess(accounts, "Alice", PASSWORD, address="198.51.100.1"), User)
    assert [Refusal.WRONG, Refusal.LIMITED] == [guess(accounts, address=f"198.51.100.{n}") for n in (2, 3)]


def test_signing_in_does_not_clear_the_count_of_the_address(accounts: Accounts, fast: list[str]) -> None:
    """An attacker with an account of their own gains no tries by signing in between."""
    for n in range(11):
        guess(accounts, f"user{n}")
    assert accounts.alice == guess(accounts, password=PASSWORD)
    assert Refusal.WRONG is guess(accounts, "user11")
    assert Refusal.LIMITED is guess(accounts, "user12")


def test_parallel_guesses_do_not_slip_past_the_limit(accounts: Accounts, fast: list[str]) -> None:
    """Of 16 simultaneous guesses at most 10 are verified: each is counted before it is looked at."""
    together = Barrier(16)

    def one(number: int) -> Any:
        together.wait()
        return guess(accounts, password=f"guess {number}", address=f"192.0.2.{number}")

    with ThreadPoolExecutor(16) as pool:
        outcomes = list(pool.map(one, range(16)))
    assert 6 == outcomes.count(Refusal.LIMITED)
    assert 10 == len(fast)


def test_an_outdated_hash_is_renewed_by_signing_in(accounts: Accounts) -> None:
    """The password is known in clear only then, so then its hash gets today's parameters."""
    old = replace(accounts.alice, password_hash=PasswordHasher(time_cost=1).hash(PASSWORD))
    accounts.store.save_user(old)
    assert Refusal.WRONG is guess(accounts)
    assert old == accounts.store.user(old.user_id)
    assert isinstance(guess(accounts, password=PASSWORD), User)
    renewed = accounts.store.user(old.user_id)
    assert renewed is not None
    assert not passwords.needs_rehash(renewed.password_hash)
    assert renewed == guess(accounts, password=PASSWORD)


def test_a_hash_that_is_renewed_does_not_undo_a_new_password(accounts: Accounts) -> None:
    """The user may get a new password, perhaps because the old one was stolen, while the old one is being verified."""
    old = replace(accounts.alice, password_hash=PasswordHasher(time_cost=1).hash(PASSWORD))
    accounts.store.save_user(old)

    def verify(password_hash: str | None, password: str) -> bool:
        matches = passwords.verify_password(password_hash, password)
        set_password(accounts.store, old.user_id, "battery staple")
        return matches

    accounts.context = replace(accounts.context, verify_password=verify)
    guess(accounts, password=PASSWORD)
    now = accounts.store.user(old.user_id)
    assert now is not None
    assert passwords.verify_password(now.password_hash, "battery staple")


@pytest.mark.parametrize("renewed", [True, False])
def test_an_application_checks_the_hashes_that_it_had_before(accounts: Accounts, renewed: bool) -> None:
    """They are replaced at the first sign-in, unless the password is none that is accepted today; then they stay."""
    password = PASSWORD if renewed else f"{PASSWORD}\t"
    accounts.store.save_user(replace(accounts.alice, password_hash=f"reversed:{password[::-1]}"))
    accounts.context = replace(accounts.context, verify_password=lambda stored, typed: stored == f"reversed:{typed[::-1]}")
    assert Refusal.WRONG is guess(accounts)
    assert isinstance(guess(accounts, password=password), User)
    now = accounts.store.user(accounts.alice.user_id)
    assert now is not None
    assert renewed is passwords.verify_password(now.password_hash, PASSWORD)
    assert renewed is not now.password_hash.startswith("reversed:")
