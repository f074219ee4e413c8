"""The contract of a store: what pruning deletes and what it keeps."""

from __future__ import annotations

from dataclasses import replace

import pytest

from shared_validator.store import Store, batches
from tests.store import samples
from tests.store.samples import NOW, new_hash

DAY = 86_400


def test_pruning_deletes_what_expired_and_counts_it(store: Store) -> None:
    """One record of each kind that ended before now goes; one that ends now stays."""
    for end in (NOW - 1, NOW):
        store.save_session(samples.session(expires_at=end))
        store.save_code(samples.code(expires_at=end))
        store.save_access_token(samples.access_token(expires_at=end))
        store.save_refresh_token(samples.refresh_token(expires_at=end))
        store.save_device_code(samples.device_code(expires_at=end))
        store.save_temporary_credentials(samples.temporary_credentials(expires_at=end))
        store.use_nonce(new_hash(), end)
        store.count(f"counter {end}", 60, end - 60)
        store.save_sealed(new_hash(), b"sealed", end)
        store.save_signing_key(samples.signing_key(expires_at=end))
    store.save_signing_key(samples.signing_key(expires_at=None))
    assert store.prune(NOW) == 10
    assert store.prune(NOW) == 0
    assert store.prune(NOW + 1) == 10
    assert [None] == [key.expires_at for key in store.signing_keys()]


def test_pruning_forgets_expired_records_and_no_others(store: Store) -> None:
    """A pruned nonce, counter and token are as if they had never been; the others are untouched."""
    expired, alive = samples.access_token(expires_at=NOW - 1), samples.access_token(expires_at=NOW + 1)
    reused = samples.refresh_token(rotated_at=NOW - 50, expires_at=NOW + 1)
    nonce, fresh = new_hash(), new_hash()
    store.save_access_token(expired)
    store.save_access_token(alive)
    store.save_refresh_token(reused)
    store.use_nonce(nonce, NOW - 1)
    store.use_nonce(fresh, NOW + 1)
    store.prune(NOW)
    assert store.access_token(expired.token_hash) is None
    assert alive == store.access_token(alive.token_hash)
    assert reused == store.refresh_token(reused.token_hash)
    assert store.use_nonce(nonce, NOW + 60)
    assert not store.use_nonce(fresh, NOW + 60)


def test_a_claimed_code_is_remembered_for_a_day_after_its_end(store: Store) -> None:
    """A leaked code that is tried late still revokes what was issued for it (RFC 6749 §4.1.2); an unclaimed one issued nothing."""
    claimed, unclaimed = samples.code(expires_at=NOW), samples.code(expires_at=NOW)
    store.save_code(claimed)
    store.save_code(unclaimed)
    store.claim_code(claimed.code_hash, "client", NOW - 1)
    assert store.prune(NOW + DAY) == 1
    assert claimed.grant_id == store.code_grant(claimed.code_hash, "client")
    assert store.prune(NOW + DAY + 1) == 1
    assert store.code_grant(claimed.code_hash, "client") is None


def test_an_answer_is_forgotten_600_seconds_after_the_rotation(store: Store) -> None:
    """The tokens that a sealed answer repeats do not rest in it longer than any grace; the refresh token itself stays."""
    first = samples.refresh_token(issued_at=NOW, rotated_at=NOW + 10, expires_at=NOW + DAY)
    second = replace(
        first, token_hash=new_hash(), issued_at=NOW + 10, predecessor_hash=first.token_hash, sealed_answer=b"answer", rotated_at=None
    )
    store.save_refresh_token(first)
    store.save_refresh_token(second)
    assert store.prune(NOW + 610) == 0
    assert second == store.successor(first.token_hash)
    assert store.prune(NOW + 611) == 0
    assert replace(second, sealed_answer=None) == store.successor(first.token_hash)


def test_pruning_goes_on_until_all_is_gone(store: Store) -> None:
    """More records than fit in the first batches, with one and the same end, are all deleted."""
    with store.transaction():
        for _ in range(700):
            store.use_nonce(new_hash(), NOW - 1)
        store.use_nonce(new_hash(), NOW)
    assert store.prune(NOW) == 700
    assert store.prune(NOW + 1) == 1


def test_batches_shrink_when_they_hold_the_lock_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """A quick batch is followed by one of twice the size, a slow one by half of it; and each rests as long as it took.

    Each begins where the one before has ended.
    """
    seconds = iter([0.0, 0.0005, 0.0019, 0.3, 0.0041, 0.0039, 0.3, 0.3, 0.3, 0.0])
    asked: list[tuple[int, int]] = []
    rests: list[float] = []

    def batch(after: int, size: int) -> tuple[list[int], float]:
        asked.append((after, size))
        return [len(asked)] * (size if len(asked) < 10 else 0), next(seconds)

    monkeypatch.setattr(batches.time, "sleep", rests.append)
    assert batches.in_batches(batch) == 625
    assert asked == list(enumerate([25, 50, 100, 200, 100, 50, 50, 25, 25, 25]))
    assert rests == [0.0, 0.0005, 0.0019, 0.3, 0.0041, 0.0039, 0.3, 0.3, 0.3]


def test_pruning_within_a_transaction_is_refused(store: Store) -> None:
    """It could not give its locks back."""
    with pytest.raises(RuntimeError, match="nest"), store.transaction():
        store.prune(NOW)
