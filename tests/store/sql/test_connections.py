"""SQLStore: one connection a thread, which neither leaks nor crosses a fork, and is replaced when it is lost."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager

import psycopg
import pytest
from sqlalchemy import event, text

from shared_validator.store import StoreUnavailable
from shared_validator.store.sql import SQLStore
from tests.store import samples
from tests.store.conftest import OpenStore, with_people
from tests.store.samples import NOW


@contextmanager
def connections(store: SQLStore) -> Iterator[list[str]]:
    """Record what connections are opened and closed within the block."""
    happened: list[str] = []
    opened, closed = (lambda *_: happened.append("open")), (lambda *_: happened.append("close"))
    event.listen(store.engine, "connect", opened)
    event.listen(store.engine, "close", closed)
    try:
        yield happened
    finally:
        event.remove(store.engine, "connect", opened)
        event.remove(store.engine, "close", closed)


def _in_thread(store: SQLStore) -> None:
    thread = threading.Thread(target=lambda: [store.ping() for _ in range(3)])
    thread.start()
    thread.join()


def test_a_thread_keeps_its_connection_and_closes_it_at_its_end(store: SQLStore) -> None:
    """A server that makes a thread for each request does not run out of connections."""
    with connections(store) as happened:
        for _ in range(3):
            _in_thread(store)
    assert happened == ["open", "close"] * 3


def test_close_closes_the_connections_of_all_threads(store: SQLStore) -> None:
    """And a store that was closed opens again when it is asked."""
    done, end = threading.Event(), threading.Event()

    def wait() -> None:
        store.ping()
        done.set()
        end.wait()

    with connections(store) as happened:
        store.ping()
        thread = threading.Thread(target=wait)
        thread.start()
        done.wait()
        store.close()
        assert happened == ["open", "open", "close", "close"]
        store.close()
        end.set()
        thread.join()
        store.ping()
        store.close()
    assert happened == ["open", "open", "close", "close", "open", "close"]


def test_a_store_that_is_dropped_closes_its_connections(open_store: OpenStore) -> None:
    """Nothing is left for the garbage collector to complain about."""
    store = open_store()
    with connections(store) as happened:
        store.ping()
        engine = store.engine
        store._connections = None  # type: ignore[assignment]
    assert happened == ["open", "close"]
    engine.dispose()


FORK = """
import os, sys
from shared_validator.store.sql import SQLStore

store = SQLStore(sys.argv[1])
assert store.count("forks", 60, 0) == 1
child = os.fork()
if child == 0:
    assert store.count("forks", 60, 0) == 2
    with store.transaction():
        assert store.count("forks", 60, 0) == 3
    sys.exit(0)  # as a server's worker ends: what it inherited is not closed then either
assert os.waitpid(child, 0)[1] == 0
assert store.count("forks", 60, 0) == 4
try:
    with store.transaction():
        store.count("forks", 60, 0)
        child = os.fork()
except RuntimeError:
    os._exit(7)  # the child: the transaction is its parent's
if child == 0:
    os._exit(1)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
assert store.count("forks", 60, 0) == 6
store.close()
"""


def test_a_child_process_has_connections_of_its_own(open_store: OpenStore) -> None:
    """A server may open the store before it forks its workers: neither side disturbs the other, even within a transaction."""
    with closing(open_store()) as store:
        url = store.engine.url.render_as_string(hide_password=False)
    subprocess.run([sys.executable, "-W", "error", "-c", FORK, url], check=True, timeout=60)


def test_forgetting_what_a_child_inherited_closes_nothing(store: SQLStore) -> None:
    """The part of a fork that a child runs: it opens its own connection, and fails a transaction that its parent has open."""
    with connections(store) as happened:
        store.ping()
        with pytest.raises(RuntimeError, match="nothing of it was written"), store.transaction():
            store._connections.forget()
        store.ping()
        assert happened == ["open", "open"]
        for inherited in store._connections._inherited:
            inherited.close()


def _terminate(url: str, store: SQLStore) -> None:
    held = store._connections._connection(store._connections._held())
    backend = held.exec_driver_sql("SELECT pg_backend_pid()").scalar()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SELECT pg_terminate_backend(%s, 5000)", (backend,))


def test_a_lost_connection_is_replaced(open_postgresql: OpenStore, store_database: str) -> None:
    """After a restart of the database no call fails: it is repeated once, on a new connection."""
    with closing(open_postgresql()) as store:
        _terminate(store_database, store)
        assert store.count("counter", 60, NOW) == 1
        _terminate(store_database, store)
        with store.transaction():
            assert store.count("counter", 60, NOW) == 2
        _terminate(store_database, store)
        with store.transaction():
            assert store.client("client") is None


def test_a_ping_asks_for_the_database_and_not_for_an_old_connection(open_postgresql: OpenStore, store_database: str) -> None:
    """A health check is right at once after a restart of the database, whichever thread of a server it meets."""
    with closing(open_postgresql()) as store:
        _terminate(store_database, store)
        store.ping()


def test_a_transaction_does_not_go_on_over_a_new_connection(open_postgresql: OpenStore, store_database: str) -> None:
    """What was written before the loss is lost, so that nothing may be written after it."""
    with closing(open_postgresql()) as store:
        with pytest.raises(RuntimeError, match="nothing of it was written"), store.transaction():  # noqa: PT012
            store.use_nonce(b"before", NOW)
            _terminate(store_database, store)
            with pytest.raises(StoreUnavailable):
                store.use_nonce(b"lost", NOW)
            with pytest.raises(RuntimeError, match="has failed"):
                store.use_nonce(b"after", NOW)
        assert [store.use_nonce(nonce, NOW) for nonce in (b"before", b"lost", b"after")] == [True, True, True]


def test_a_connection_lost_before_the_commit_raises(open_postgresql: OpenStore, store_database: str) -> None:
    """No transaction ends well that was not written, and the next one works."""
    with closing(open_postgresql()) as store:
        with pytest.raises(StoreUnavailable), store.transaction():  # noqa: PT012
            store.use_nonce(b"nonce", NOW)
            _terminate(store_database, store)
        with store.transaction():
            assert store.use_nonce(b"nonce", NOW)


def test_a_refresh_that_is_under_way_does_not_escape_a_revocation(open_postgresql: OpenStore) -> None:
    """The token that a refresh brings while its family is revoked is revoked too, although the revocation could not see it at first."""
    first, access = samples.refresh_token(), samples.access_token()
    second = samples.refresh_token(grant_id=first.grant_id, predecessor_hash=first.token_hash)
    access = samples.access_token(grant_id=first.grant_id)
    with closing(with_people(open_postgresql)()) as store:
        store.save_refresh_token(first)
        revoking = threading.Thread(target=lambda: store.revoke_grant(first.grant_id))
        with store.transaction():
            store.rotate_refresh_token(first.token_hash, "client", NOW)
            revoking.start()
            _wait_until_blocked(store)
            store.save_access_token(access)
            store.save_refresh_token(second)
        revoking.join()
        assert store.refresh_token(second.token_hash) is None
        assert store.access_token(access.token_hash) is None


def _wait_until_blocked(store: SQLStore) -> None:
    with store.engine.connect() as connection:
        waiting = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
        while not connection.execute(waiting).scalar():
            pass


def test_what_belongs_to_a_deleted_client_goes_with_it(store: SQLStore) -> None:
    """A client whose identifier is registered again by somebody else finds no consent and no token credentials waiting for it."""
    client, consumer = samples.client(), samples.oauth1_consumer()
    store.save_client(client)
    store.save_oauth1_consumer(consumer)
    store.save_consent("user", client.client_id, ("profile",), NOW)
    token = samples.token_credentials(consumer_key=consumer.consumer_key)
    store.save_token_credentials(token)
    with store.engine.connect() as connection:
        store.close()
        connection.exec_driver_sql("DELETE FROM oauth_clients")
        connection.exec_driver_sql("DELETE FROM oauth_oauth1_consumers")
    store.save_client(client)
    store.save_oauth1_consumer(consumer)
    assert store.consent("user", client.client_id) == ()
    assert store.token_credentials(token.token_hash) is None


def test_consent_to_a_client_that_is_not_there_is_refused(store: SQLStore) -> None:
    """As are token credentials of a consumer that is not there: nothing waits for an identifier to be registered."""
    with pytest.raises(ValueError, match="belongs to is not"):
        store.save_consent("user", "nobody", ("profile",), NOW)
    with pytest.raises(ValueError, match="belongs to is not"):
        store.save_token_credentials(samples.token_credentials(consumer_key="nobody"))


def test_errors_do_not_show_what_was_to_be_written(store: SQLStore) -> None:
    """Mistake 7: an exception's text ends in a log, where no hash or sealed secret belongs."""
    user = samples.user(password_hash="$argon2id$hunter2")
    store.save_user(samples.user(username=user.username))
    with pytest.raises(ValueError, match="there already") as refusal:
        store.save_user(user)
    assert "hunter2" not in repr(refusal.value.__cause__) + str(refusal.value.__cause__)
