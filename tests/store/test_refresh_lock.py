"""The contract of a store: the lock of a consumer's refresh, which is made of its counters and sealed values."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from shared_validator.consumer import AsyncConsumer, Consumer, ConsumerSettings, bearer
from shared_validator.consumer.providers import ProviderConfiguration
from shared_validator.consumer.records import Records
from shared_validator.store import Store
from shared_validator.vault import Vault
from tests.store.samples import NOW
from tests.unit.consumer.conftest import URL, Clock, Driven
from tests.unit.consumer.provider import CLIENT_ID, CLIENT_SECRET, Provider
from tests.unit.consumer.test_refreshes import answering_late, ended, pending
from tests.unit.consumer.test_sessions import refreshes as count

pytestmark = pytest.mark.fault(28)

LOGIN = "a login"
SECONDS = 15


@pytest.fixture
def records(store: Store) -> Records:
    """The records of a consumer."""
    return Records(store, Vault([b"k" * 32]))


def test_an_owner_extends_the_lock_and_others_do_not(records: Records) -> None:
    """RFC 9700 §4.14.2: it lasts from its last extension, and then another process has it."""
    assert records.lock(LOGIN, "first", SECONDS, NOW)
    assert records.lock(LOGIN, "first", SECONDS, NOW + 10)
    assert [False] * 3 == [records.lock(LOGIN, "second", SECONDS, NOW + second) for second in (10, 15, 24)]
    assert records.lock(LOGIN, "second", SECONDS, NOW + 25)
    assert not records.lock(LOGIN, "first", SECONDS, NOW + 26)
    assert not records.lock(LOGIN, "first", SECONDS, NOW + 39)
    assert records.lock(LOGIN, "first", SECONDS, NOW + 40)


def test_a_lock_that_has_ended_can_be_extended_if_it_is_free(records: Records) -> None:
    """A process that was suspended keeps others away again, unless one of them was quicker."""
    assert records.lock(LOGIN, "first", SECONDS, NOW)
    assert records.lock(LOGIN, "first", SECONDS, NOW + 60)
    assert not records.lock(LOGIN, "second", SECONDS, NOW + 61)


def test_only_its_owner_frees_a_lock(records: Records) -> None:
    """RFC 9700 §4.14.2: the first owner comes back late, while the second one's refresh is under way."""
    assert records.lock(LOGIN, "first", SECONDS, NOW)
    assert records.lock(LOGIN, "second", SECONDS, NOW + 15)
    assert records.lock(LOGIN, "second", SECONDS, NOW + 20)
    records.unlock(LOGIN, "first", SECONDS, NOW + 21)
    assert not records.lock(LOGIN, "third", SECONDS, NOW + 22)
    records.unlock(LOGIN, "second", SECONDS, NOW + 23)
    assert records.lock(LOGIN, "third", SECONDS, NOW + 23)
    assert records.lock("another login", "first", SECONDS, NOW + 23)


def test_of_simultaneous_owners_one_has_the_lock(store: Store, records: Records) -> None:
    """RFC 9700 §4.14.2: also while its owner extends it."""

    def lock(owner: int) -> list[bool]:
        try:
            return [records.lock(LOGIN, str(owner), SECONDS, NOW + second) for second in range(10)]
        finally:
            store.leave_thread()

    with ThreadPoolExecutor(4) as threads:
        taken = list(threads.map(lock, range(4)))
    assert [[False] * 10] * 3 + [[True] * 10] == sorted(taken)


@pytest.mark.parametrize("kind", [Consumer, AsyncConsumer])
def test_a_late_answer_is_stored_whatever_the_store(
    kind: type[Consumer] | type[AsyncConsumer], store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RFC 6749 §6: the user's request has given up, the next one has the new token, and the provider was asked once."""
    clock = Clock()
    with closing(Provider()) as provider:
        endpoints = {"issuer": provider.url, "api": provider.url + "/api", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
        openid = ProviderConfiguration(name="openid", title="Openid", protocol="openid", scope="openid", endpoints={}, **endpoints)
        consumer = Driven(kind(ConsumerSettings(url=URL, secret_keys=(b"k" * 32,), providers={"openid": openid}), store, clock))
        login = consumer.finish("openid", provider.approve(consumer.start("openid")))
        clock.offset = 3600
        monkeypatch.setattr(bearer, "PATIENCE_SECONDS", 0.05)
        monkeypatch.setattr(bearer, "EXTEND_SECONDS", 0.01)
        with answering_late(provider) as (asked, answer):
            pending(consumer, login)
            assert asked.wait(10)
            pending(consumer, login)
            answer.set()
            ended(consumer)
        monkeypatch.setattr(bearer, "PATIENCE_SECONDS", 10)
        assert "alice" == consumer.request(login.login_id, "GET", "/who").json()["user"]
        assert 1 == count(provider)


def test_a_thread_that_has_left_can_come_back(store: Store) -> None:
    """Its connection is closed, and a later call opens another one."""
    assert 1 == store.count("key", 60, NOW)
    store.leave_thread()
    assert 0 == _connections(store)
    store.leave_thread()
    assert 2 == store.count("key", 60, NOW)
    assert 1 == _connections(store)


def _connections(store: Store) -> int:
    """How many connections this thread has open."""
    sql = getattr(store, "_connections", None)
    if sql is not None:
        return len(sql._open)
    from django.db import connections

    return int(connections[store._transactions.using].connection is not None)  # type: ignore[attr-defined]
