"""SQLStore: what it says to its database."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest
from sqlalchemy import text

from shared_validator.store import StoreUnavailable
from shared_validator.store.sql import SQLStore
from tests.statements import recorded
from tests.store import samples
from tests.store.conftest import OpenStore
from tests.store.samples import NOW, new_hash


def test_a_store_that_is_listened_to_refuses_and_finds_nothing_alike(store: SQLStore) -> None:
    """Where somebody listens, SQLAlchemy runs the statements instead of the driver: what a caller sees is the same."""
    alice = samples.user()
    with recorded(store):
        store.save_user(alice)
        assert alice == store.user_by_name(alice.username)
        assert store.user_by_name("\x00") is None
        with pytest.raises(ValueError, match="NUL"):
            store.save_consent("user", "\x00", ("profile",), NOW)
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
        (store.save_session, samples.session()),
        (store.session, new_hash(), NOW),
        (store.touch_session, new_hash(), NOW, NOW),
        (store.sessions, "user", NOW),
        (store.end_session, new_hash()),
        (store.end_sessions, "user", new_hash()),
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
        (store.answer_temporary_credentials, temporary.token_hash, "user", b"verifier", NOW),
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
            with pytest.raises(StoreUnavailable, match="locked"), store.transaction():
                store.use_nonce(b"nonce", NOW)
            other.exec_driver_sql("ROLLBACK")
        with store.transaction():
            assert store.use_nonce(b"nonce", NOW)


def test_a_failed_commit_is_rolled_back(open_sqlite: OpenStore) -> None:
    """The caller gets the error of the commit, and nothing was written: here a foreign key that is checked at the end."""
    with closing(open_sqlite()) as store:
        with pytest.raises(ValueError, match="belongs to is not"), store.transaction():  # noqa: PT012
            store.use_nonce(b"nonce", NOW)
            connection = store._connections._connection(store._connections._held())
            connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
            connection.execute(text("INSERT INTO oauth_consents VALUES ('user', 'no client', 'profile', 0, '')"))
        assert store.use_nonce(b"nonce", NOW)


def test_each_batch_of_a_pruning_is_a_transaction_of_its_own(store: SQLStore) -> None:
    """No lock outlives its batch, so that others write in between."""
    with store.transaction():
        for _ in range(120):
            store.use_nonce(new_hash(), NOW - 1)
    with recorded(store) as statements:
        store.prune(NOW)
    said = [text.split()[0] for text in statements if "set_config" not in text]
    assert said.count("DELETE") > 10
    assert said == [word for step in said[1::3] for word in ("BEGIN", step, "COMMIT")]
