"""The contract of a store: nonces, temporary and token credentials of OAuth 1.0a (RFC 5849)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from shared_validator.store import Store
from tests.store import samples
from tests.store.samples import LATER, NOW, new_hash


def test_a_nonce_is_used_once(store: Store) -> None:
    """A nonce that is there is refused (RFC 5849 §3.3), whatever end the second use names."""
    nonce = new_hash()
    assert store.use_nonce(nonce, LATER)
    assert not store.use_nonce(nonce, LATER + 60)
    assert not store.use_nonce(nonce, NOW - 1)
    assert store.use_nonce(new_hash(), LATER)


def test_temporary_credentials_come_back_as_they_were_saved(store: Store) -> None:
    """They are found after their end too, since whoever asks compares the time."""
    credentials = samples.temporary_credentials(expires_at=NOW - 1)
    store.save_temporary_credentials(credentials)
    assert credentials == store.temporary_credentials(credentials.token_hash)
    assert store.temporary_credentials(new_hash()) is None
    with pytest.raises(ValueError, match="there already"):
        store.save_temporary_credentials(credentials)


def test_temporary_credentials_are_authorized_once(store: Store) -> None:
    """The first person's agreement counts (RFC 5849 §2.2): a second one cannot put themselves in their place."""
    credentials = samples.temporary_credentials()
    store.save_temporary_credentials(credentials)
    assert not store.answer_temporary_credentials(credentials.token_hash, "user", b"verifier", LATER)
    assert not store.answer_temporary_credentials(new_hash(), "user", b"verifier", NOW)
    assert store.answer_temporary_credentials(credentials.token_hash, "user", b"verifier", NOW)
    assert not store.answer_temporary_credentials(credentials.token_hash, "another user", b"another verifier", NOW)
    authorized = replace(credentials, user_id="user", verifier_hash=b"verifier")
    assert authorized == store.temporary_credentials(credentials.token_hash)


def test_temporary_credentials_are_claimed_once_with_consumer_and_verifier(store: Store) -> None:
    """Nobody exchanges them unauthorized, for another consumer, with another verifier, too late or twice (RFC 5849 §2.3)."""
    credentials = samples.temporary_credentials()
    store.save_temporary_credentials(credentials)
    claim = store.claim_temporary_credentials
    assert claim(credentials.token_hash, "consumer", b"verifier", NOW) is None
    store.answer_temporary_credentials(credentials.token_hash, "user", b"verifier", NOW)
    assert claim(new_hash(), "consumer", b"verifier", NOW) is None
    assert claim(credentials.token_hash, "another consumer", b"verifier", NOW) is None
    assert claim(credentials.token_hash, "consumer", b"another verifier", NOW) is None
    assert claim(credentials.token_hash, "consumer", b"verifier", LATER) is None
    assert replace(credentials, user_id="user", verifier_hash=b"verifier") == claim(credentials.token_hash, "consumer", b"verifier", NOW)
    assert claim(credentials.token_hash, "consumer", b"verifier", NOW) is None
    assert store.temporary_credentials(credentials.token_hash) is None


@pytest.mark.fault(18)
def test_refused_temporary_credentials_stay_refused(store: Store) -> None:
    """A refusal is an answer: no other answer follows it, and no verifier claims them (RFC 5849 §2.2)."""
    refused, other = samples.temporary_credentials(), samples.temporary_credentials()
    store.save_temporary_credentials(refused)
    store.save_temporary_credentials(other)
    assert store.answer_temporary_credentials(refused.token_hash, "user", None, NOW)
    assert not store.answer_temporary_credentials(refused.token_hash, "user", b"verifier", NOW)
    assert store.claim_temporary_credentials(refused.token_hash, "consumer", b"verifier", NOW) is None
    assert replace(refused, user_id="user") == store.temporary_credentials(refused.token_hash)
    assert other == store.temporary_credentials(other.token_hash)


def test_token_credentials_hold_until_they_are_revoked(store: Store) -> None:
    """They come back as they were saved, and time does not end them (RFC 5849 §2.3)."""
    consumer = samples.oauth1_consumer()
    store.save_oauth1_consumer(consumer)
    credentials = samples.token_credentials(consumer_key=consumer.consumer_key, scope=("profile", "notes:read"))
    store.save_token_credentials(credentials)
    store.prune(NOW + 10 * 365 * 86_400)
    assert credentials == store.token_credentials(credentials.token_hash)
    assert store.token_credentials(new_hash()) is None
