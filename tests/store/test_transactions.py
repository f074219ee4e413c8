"""The contract of a store: ``transaction()``."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from shared_validator.store import Store
from shared_validator.store.sql import SQLStore
from tests.statements import recorded
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
        assert store.client("client") is None
        with other.transaction():
            assert other.client("client") is None
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
            store.add_note("user", "\x00", NOW)
        assert store.client("\x00") is None
        store.use_nonce(b"after", NOW)
    assert not store.use_nonce(b"before", NOW)
    assert not store.use_nonce(b"after", NOW)


def test_a_store_that_is_listened_to_refuses_and_finds_nothing_alike(store: SQLStore) -> None:
    """Where somebody listens, SQLAlchemy runs the statements instead of the driver: what a caller sees is the same."""
    alice = samples.user()
    with recorded(store):
        store.save_user(alice)
        assert alice == store.user_by_name(alice.username)
        assert store.user_by_name("\x00") is None
        with pytest.raises(ValueError, match="NUL"):
            store.add_note("user", "\x00", NOW)
        with pytest.raises(ValueError, match="there already"):
            store.save_user(samples.user(username=alice.username))


def test_a_code_exchange_is_three_statements_and_one_commit(store: SQLStore) -> None:
    """The claim of the code and both tokens: reading takes no lock, and the lock is taken when the first write needs it."""
    code = samples.code()
    store.save_code(code)
    with recorded(store) as statements, store.transaction():
        store.client("client")
        store.claim_code(code.code_hash, "client", NOW)
        store.save_access_token(samples.access_token())
        store.save_refresh_token(samples.refresh_token())
    assert ["SELECT", "BEGIN", "UPDATE", "INSERT", "INSERT", "COMMIT"] == [text.split()[0] for text in statements]
    assert statements.counted == (4, 1)


def test_a_transaction_that_only_reads_neither_begins_nor_commits(store: SQLStore) -> None:
    """A request that is refused costs its lookups."""
    with recorded(store) as statements, store.transaction():
        store.client("client")
        store.access_token(new_hash())
    assert statements.counted == (2, 0)


def test_each_step_is_one_statement(store: SQLStore) -> None:
    """The exact budget, and the reason why every claim is atomic."""
    client, consumer = samples.client(), samples.oauth1_consumer()
    code, refresh, device = samples.code(), samples.refresh_token(), samples.device_code()
    temporary = samples.temporary_credentials()
    steps = (
        (store.save_client, client),
        (store.client, client.client_id),
        (store.save_oauth1_consumer, consumer),
        (store.oauth1_consumer, consumer.consumer_key),
        (store.save_user, samples.user()),
        (store.user_by_name, "alice"),
        (store.save_consent, "user", client.client_id, ("profile", "openid"), NOW),
        (store.consent, "user", client.client_id),
        (store.save_code, code),
        (store.claim_code, code.code_hash, "client", NOW),
        (store.code_grant, code.code_hash, "client"),
        (store.save_access_token, samples.access_token()),
        (store.access_token, new_hash()),
        (store.revoke_access_token, new_hash()),
        (store.save_refresh_token, refresh),
        (store.rotate_refresh_token, refresh.token_hash, "client", NOW),
        (store.refresh_token, refresh.token_hash),
        (store.successor, refresh.token_hash),
        (store.save_device_code, device),
        (store.device_code_by_user_code, device.user_code_hash, NOW),
        (store.answer_device_code, device.user_code_hash, "user", NOW, True, NOW),
        (store.poll_device_code, device.device_code_hash, "client", NOW),
        (store.slow_down_device_code, device.device_code_hash, 5),
        (store.claim_device_code, device.device_code_hash, "client", NOW),
        (store.use_nonce, new_hash(), NOW),
        (store.save_temporary_credentials, temporary),
        (store.temporary_credentials, temporary.token_hash),
        (store.authorize_temporary_credentials, temporary.token_hash, "user", b"verifier", NOW),
        (store.claim_temporary_credentials, temporary.token_hash, "consumer", b"verifier", NOW),
        (store.save_token_credentials, samples.token_credentials(consumer_key=consumer.consumer_key)),
        (store.token_credentials, new_hash()),
        (store.count, "counter", 60, NOW),
        (store.forget_count, "counter"),
        (store.save_signing_key, samples.signing_key()),
        (store.signing_keys,),
        (store.save_sealed, b"name", b"sealed", NOW),
        (store.sealed, b"name", NOW),
        (store.claim_sealed, b"name", NOW),
        (store.add_note, "user", "text", NOW),
        (store.notes, "user"),
    )
    for method, *arguments in steps:
        with recorded(store) as statements:
            method(*arguments)  # type: ignore[operator]
        assert len(statements) == 1, f"{method.__name__}: {statements}"  # type: ignore[attr-defined]


def test_a_transaction_that_cannot_begin_leaves_no_trace(open_sqlite: OpenStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where another process holds the write lock for too long, the caller gets the error, and the next transaction works."""
    with closing(open_sqlite()) as store:
        with store.engine.connect() as other:
            other.exec_driver_sql("BEGIN IMMEDIATE")
            store.ping()
            driver = store._connections._connection(store._connections._held()).connection.driver_connection
            assert isinstance(driver, sqlite3.Connection)
            driver.execute("PRAGMA busy_timeout=10").close()
            with pytest.raises(OperationalError, match="locked"), store.transaction():
                store.use_nonce(b"nonce", NOW)
            other.exec_driver_sql("ROLLBACK")
        with store.transaction():
            assert store.use_nonce(b"nonce", NOW)


def test_a_failed_commit_is_rolled_back(open_sqlite: OpenStore) -> None:
    """The caller gets the error of the commit, and nothing was written: here a foreign key that is checked at the end."""
    with closing(open_sqlite()) as store:
        with pytest.raises(Exception, match="FOREIGN KEY"), store.transaction():  # noqa: PT012 - whatever the driver raises
            store.use_nonce(b"nonce", NOW)
            connection = store._connections._connection(store._connections._held())
            connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
            connection.execute(text("INSERT INTO oauth_consents VALUES ('user', 'no client', 'profile', 0)"))
        assert store.use_nonce(b"nonce", NOW)
