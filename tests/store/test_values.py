"""The contract of a store: counters, signing keys, sealed values."""

from __future__ import annotations

from dataclasses import replace

import pytest

from shared_validator.store import Store
from tests.store import samples
from tests.store.samples import LATER, NOW, new_hash


def test_a_counter_begins_anew_after_its_window(store: Store) -> None:
    """The window runs from its first call; later calls do not lengthen it."""
    assert [store.count("alice", 60, NOW + second) for second in (0, 10, 59)] == [1, 2, 3]
    assert [store.count("alice", 60, NOW + second) for second in (60, 61, 119, 120)] == [1, 2, 3, 1]


def test_counters_are_apart_and_can_be_forgotten(store: Store) -> None:
    """One key does not count for another; a forgotten one begins anew, and forgetting nothing is no error."""
    assert store.count("alice", 60, NOW) == 1
    assert store.count("bob", 60, NOW) == 1
    assert store.count("alice", 60, NOW) == 2
    store.forget_count("alice")
    store.forget_count("nobody")
    assert store.count("alice", 60, NOW) == 1
    assert store.count("bob", 60, NOW) == 2


def test_what_was_counted_can_be_taken_back(store: Store) -> None:
    """One at a time, never below nothing; a counter that has not begun stays so."""
    store.uncount("alice")
    assert [1, 2] == [store.count("alice", 60, NOW) for _ in range(2)]
    store.uncount("alice")
    assert 2 == store.count("alice", 60, NOW)
    for _ in range(5):
        store.uncount("alice")
    assert 1 == store.count("alice", 60, NOW)


@pytest.mark.parametrize("key", ["", "a\x00b", "\ud800", "x" * 1_000_000])
def test_whatever_a_stranger_types_can_be_counted(store: Store, key: str) -> None:
    """A limit holds for the strangest user name, which no database could hold as it is."""
    assert store.count(key, 60, NOW) == 1
    assert store.count(key, 60, NOW) == 2
    store.forget_count(key)
    assert store.count(key, 60, NOW) == 1


def test_signing_keys_are_all_returned_and_replaced_by_their_kid(store: Store) -> None:
    """A key comes back as it was saved last; there is one for each ``kid`` (RFC 7517 §4.5)."""
    assert store.signing_keys() == []
    old, new = samples.signing_key(active_from=NOW), samples.signing_key(active_from=LATER, algorithm="ES256")
    store.save_signing_key(new)
    store.save_signing_key(old)
    retired = replace(old, expires_at=LATER)
    store.save_signing_key(retired)
    assert {retired, new} == set(store.signing_keys())
    assert len(store.signing_keys()) == 2


def test_a_sealed_value_is_read_until_its_end_and_replaced_by_name(store: Store) -> None:
    """The last one saved under a name is the one, until it expires."""
    name = new_hash()
    assert store.sealed(name, NOW) is None
    store.save_sealed(name, b"first", LATER)
    store.save_sealed(name, b"\x00second\xff", LATER + 1)
    assert store.sealed(name, LATER) == b"\x00second\xff"
    assert store.sealed(name, LATER + 1) is None
    assert store.sealed(new_hash(), NOW) is None


def test_a_sealed_value_is_claimed_once(store: Store) -> None:
    """A sign-in attempt ends once (Mistake 1: a ``state`` that can be used again)."""
    name = new_hash()
    store.save_sealed(name, b"attempt", LATER)
    assert store.claim_sealed(name, LATER) is None
    assert store.claim_sealed(name, NOW) == b"attempt"
    assert store.claim_sealed(name, NOW) is None
    assert store.sealed(name, NOW) is None


def test_a_deleted_sealed_value_is_gone(store: Store) -> None:
    """Deleting affects one name, and may be repeated."""
    name, other = new_hash(), new_hash()
    store.save_sealed(name, b"tokens", LATER)
    store.save_sealed(other, b"other", LATER)
    store.delete_sealed(name)
    store.delete_sealed(name)
    assert store.sealed(name, NOW) is None
    assert store.sealed(other, NOW) == b"other"


def test_a_store_that_works_answers_a_ping(store: Store) -> None:
    """The health check asks the database itself."""
    store.ping()
