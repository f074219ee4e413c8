"""The contract of a store: ``transaction()``."""

from __future__ import annotations

import threading
from contextlib import closing

import pytest

from shared_validator.store import Store
from tests.store import samples
from tests.store.conftest import OpenStore
from tests.store.samples import NOW, new_hash


class StopError(Exception):
    """What a test raises within a transaction."""


def test_the_writes_of_a_transaction_are_seen_together_at_its_end(store: Store, open_store: OpenStore) -> None:
    """Another process sees none of them before, and all of them after; the writer sees its own at once."""
    access, refresh = samples.access_token(), samples.refresh_token()
    with closing(open_store()) as other:
        with store.transaction():
            store.save_access_token(access)
            store.save_refresh_token(refresh)
            assert access == store.access_token(access.token_hash)
            assert other.access_token(access.token_hash) is None
        assert access == other.access_token(access.token_hash)
        assert refresh == other.refresh_token(refresh.token_hash)


def test_a_transaction_that_raises_writes_nothing(store: Store) -> None:
    """Mistake 6: an exchange that fails in the middle has used up no code and no refresh token."""
    code, token = samples.code(), samples.access_token()
    store.save_code(code)
    with pytest.raises(StopError), store.transaction():  # noqa: PT012 - the block is what is tested
        assert code == store.claim_code(code.code_hash, "client", NOW)
        store.save_access_token(token)
        raise StopError
    assert store.access_token(token.token_hash) is None
    assert code == store.claim_code(code.code_hash, "client", NOW)


def test_transactions_do_not_nest(store: Store) -> None:
    """A block within a block would not be what it says; and the refusal undoes the outer one."""
    with pytest.raises(RuntimeError, match="nest"), store.transaction():  # noqa: PT012
        store.use_nonce(b"nonce", NOW)
        with store.transaction():
            pass
    assert store.use_nonce(b"nonce", NOW)
    with store.transaction():
        pass
    with store.transaction():
        store.count("again", 60, NOW)
    assert store.count("again", 60, NOW) == 2


def test_steps_of_several_statements_join_a_transaction(store: Store) -> None:
    """Revocations within a transaction end with it."""
    client = samples.client()
    store.save_client(client)
    store.save_consent("user", client.client_id, ("profile",), NOW)
    grant, tokens = new_hash(), samples.token_credentials
    consumer = samples.oauth1_consumer()
    store.save_oauth1_consumer(consumer)
    kept = tokens(consumer_key=consumer.consumer_key)
    store.save_token_credentials(kept)
    access = samples.access_token(grant_id=grant)
    store.save_access_token(access)
    with pytest.raises(StopError), store.transaction():  # noqa: PT012
        store.revoke_client("user", client.client_id)
        store.revoke_grant(grant)
        store.revoke_oauth1_consumer("user", consumer.consumer_key)
        assert store.consent("user", client.client_id) == ()
        raise StopError
    assert store.consent("user", client.client_id) == ("profile",)
    assert access == store.access_token(access.token_hash)
    assert kept == store.token_credentials(kept.token_hash)


def test_a_transaction_belongs_to_its_thread(store: Store) -> None:
    """What another thread does meanwhile is neither joined nor undone."""
    read: list[object] = []
    token = samples.access_token()
    store.save_access_token(token)

    def other() -> None:
        read.append(store.access_token(token.token_hash))
        with store.transaction():
            read.append(store.consent("user", "client"))

    with pytest.raises(StopError), store.transaction():  # noqa: PT012
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
        raise StopError
    assert read == [token, ()]


def test_reads_take_no_lock(store: Store, open_store: OpenStore) -> None:
    """Two transactions that have only read stand in nobody's way, and one may go on to write after the other has."""
    with closing(open_store()) as other, store.transaction():
        assert store.client("nothing") is None
        with other.transaction():
            assert other.client("nothing") is None
            other.use_nonce(b"first", NOW)
        assert store.use_nonce(b"second", NOW)
    assert not store.use_nonce(b"first", NOW)


def test_a_transaction_whose_statement_failed_ends_with_an_exception(store: Store) -> None:
    """PostgreSQL would answer its COMMIT with a silent ROLLBACK: nobody may believe that the rest was written."""
    alice = samples.user()
    store.save_user(alice)
    with pytest.raises(RuntimeError, match="nothing of it was written"), store.transaction():  # noqa: PT012
        store.use_nonce(b"before", NOW)
        with pytest.raises(ValueError, match="there already"):
            store.save_user(samples.user(username=alice.username))
        with pytest.raises(RuntimeError, match="has failed"):
            store.use_nonce(b"after", NOW)
    assert store.use_nonce(b"before", NOW)
    assert store.use_nonce(b"after", NOW)


def test_a_value_that_cannot_be_stored_does_not_fail_the_transaction(store: Store) -> None:
    """It never reached the database: the caller may answer it and go on."""
    with store.transaction():
        store.use_nonce(b"before", NOW)
        with pytest.raises(ValueError, match="NUL"):
            store.save_consent("user", "\x00", ("profile",), NOW)
        assert store.client("\x00") is None
        store.use_nonce(b"after", NOW)
    assert not store.use_nonce(b"before", NOW)
    assert not store.use_nonce(b"after", NOW)
