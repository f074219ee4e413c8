"""A refresh outlives the request that began it: its answer is the only copy of the new refresh token."""

from __future__ import annotations

import multiprocessing
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest

from shared_validator import Event
from shared_validator.consumer import Consumer, ConsumerError, ConsumerSettings, Login, bearer, refreshes
from shared_validator.consumer.deadlines import Deadline
from shared_validator.consumer.errors import RefreshPending
from shared_validator.consumer.providers import ProviderConfiguration
from shared_validator.consumer.records import Records
from shared_validator.store import StoreUnavailable
from shared_validator.store.sql import SQLStore
from tests.unit.conftest import fields_of
from tests.unit.consumer.conftest import URL, Clock, Driven, MakeConsumer
from tests.unit.consumer.provider import Provider, Seen, as_json
from tests.unit.consumer.test_sessions import pending
from tests.unit.consumer.test_sessions import refreshes as count

pytestmark = pytest.mark.fault(28)


@contextmanager
def answering_late(provider: Provider) -> Iterator[tuple[threading.Event, threading.Event]]:
    """Let the provider rotate a refresh token, and answer when the second event is set; the first one says that it was asked."""
    asked, answer = threading.Event(), threading.Event()

    def late(seen: Seen) -> Any:
        answered = provider._token(seen)
        asked.set()
        answer.wait(30)
        return answered

    provider.wrong.answers["/token"] = late
    try:
        yield asked, answer
    finally:
        answer.set()


def ended(consumer: Driven) -> None:
    """Wait until no refresh of this consumer is under way."""
    for refresh in list(consumer.consumer._sign_in.context.refreshes._under_way.values()):
        assert refresh.has_ended.wait(30)


def test_a_provider_that_answers_after_90_seconds_is_asked_once(  # noqa: PLR0917 - fixtures
    sign_in: Callable[..., Login],
    consumer: Driven,
    make_consumer: MakeConsumer,
    provider: Provider,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """RFC 9700 §4.14.2: a second refresh would end the sign-in, so the lock is extended for as long as the provider works."""
    login = sign_in("openid")
    clock.offset = 3600
    monkeypatch.setattr(bearer, "PATIENCE_SECONDS", 0.05)
    monkeypatch.setattr(bearer, "EXTEND_SECONDS", 0.01)
    lock, locked_at, extended = Records.lock, [0], threading.Condition()

    def watched(records: Records, login_id: str, owner: str, seconds: int, now: int) -> bool:
        taken = lock(records, login_id, owner, seconds, now)
        with extended:
            locked_at[0] = max(locked_at[0], now if taken else 0)
            extended.notify_all()
        return taken

    monkeypatch.setattr(Records, "lock", watched)
    another_process = make_consumer()
    with answering_late(provider) as (asked, answer):
        pending(consumer, login)
        assert asked.wait(10)
        for _ in range(9):
            clock.offset += 10
            now = int(clock())
            with extended:
                assert extended.wait_for(lambda now=now: locked_at[0] >= now, 10)  # type: ignore[misc]
            pending(another_process, login)
        pending(consumer, login)
        answer.set()
        ended(consumer)
    ended(another_process)
    monkeypatch.setattr(bearer, "PATIENCE_SECONDS", 10)
    for anyone in (consumer, another_process):
        assert "alice" == anyone.request(login.login_id, "GET", "/who").json()["user"]
    assert 1 == count(provider)
    assert not provider.theft_noticed


def test_nobody_waits_for_a_refresh_that_has_taken_too_long_for_others(
    sign_in: Callable[..., Login], consumer: Driven, provider: Provider, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RFC 9110 §15.6.4: reloading a page does not hold one thread after the other."""
    login = sign_in("openid")
    clock.offset = 3600
    monkeypatch.setattr(bearer, "PATIENCE_SECONDS", 0.05)
    with answering_late(provider) as (asked, answer):
        pending(consumer, login)
        assert asked.wait(10)
        monkeypatch.setattr(bearer, "PATIENCE_SECONDS", 3600)
        for _ in range(5):
            pending(consumer, login)
        answer.set()
        ended(consumer)
    assert "alice" == consumer.request(login.login_id, "GET", "/who").json()["user"]
    assert 1 == count(provider)


def test_a_token_that_is_still_valid_is_used_while_its_refresh_takes_long(
    sign_in: Callable[..., Login], consumer: Driven, provider: Provider, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RFC 6749 §5.1: the old access token works until `expires_in`, and the next request has the new one."""
    login = sign_in("openid")
    (old,) = provider.access_tokens
    clock.offset = 3580
    monkeypatch.setattr(bearer, "PATIENCE_SECONDS", 0.05)
    with answering_late(provider) as (asked, answer):
        assert "alice" == consumer.request(login.login_id, "GET", "/who").json()["user"]
        assert f"Bearer {old}" == provider.last("/api/who").headers["authorization"]
        assert asked.wait(10)
        answer.set()
        ended(consumer)
    monkeypatch.setattr(bearer, "PATIENCE_SECONDS", 10)
    consumer.request(login.login_id, "GET", "/who")
    assert f"Bearer {old}" != provider.last("/api/who").headers["authorization"]
    assert 1 == count(provider)


@pytest.mark.parametrize("answer", [(503, {}, b""), as_json({"error": "invalid_client"}, 401)])
def test_a_token_that_is_still_valid_is_used_if_its_refresh_fails(
    answer: Any, sign_in: Callable[..., Login], consumer: Driven, provider: Provider, clock: Clock
) -> None:
    """RFC 6749 §5.1: a provider that is down for 30 seconds is not noticed; but a rejected token is not sent again."""
    login = sign_in("openid")
    clock.offset = 3580
    provider.wrong.answers["/token"] = answer
    assert "alice" == consumer.request(login.login_id, "GET", "/who").json()["user"]
    provider.access_tokens.clear()
    with pytest.raises(ConsumerError):
        consumer.request(login.login_id, "GET", "/who")
    assert 2 == provider.paths().count("/api/who")


def test_a_login_that_ends_while_its_refresh_takes_long_stays_ended(
    sign_in: Callable[..., Login], consumer: Driven, provider: Provider, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RFC 7009 §2.1: nobody waits for the answer any more, and yet the new tokens are revoked."""
    login = sign_in("openid")
    clock.offset = 3600
    monkeypatch.setattr(bearer, "PATIENCE_SECONDS", 0.05)
    with answering_late(provider) as (asked, answer):
        pending(consumer, login)
        assert asked.wait(10)
        consumer.log_out(login.login_id)
        answer.set()
        ended(consumer)
    assert consumer.login(login.login_id) is None
    assert set(provider.refresh_tokens) <= set(provider.revoked)


def test_the_refreshes_of_a_process_are_bounded(
    sign_in: Callable[..., Login], consumer: Driven, provider: Provider, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A provider that hangs holds so many threads and no more; one that answers is not held up by it."""
    monkeypatch.setattr(refreshes, "REFRESHES_AT_ONCE", 2)
    monkeypatch.setattr(bearer, "PATIENCE_SECONDS", 0.1)
    logins = [sign_in("openid") for _ in range(4)]
    elsewhere = sign_in("oauth2")
    clock.offset = 3600
    with answering_late(provider) as (_, answer):
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda login: pending(consumer, login), logins))
        assert 2 == count(provider)
        del provider.wrong.answers["/token"]
        assert "alice" == consumer.request(elsewhere.login_id, "GET", "/who").json()["user"]
        answer.set()
        ended(consumer)
    monkeypatch.setattr(bearer, "PATIENCE_SECONDS", 10)
    assert ["alice"] * 4 == [consumer.request(login.login_id, "GET", "/who").json()["user"] for login in logins]
    assert 5 == count(provider)


def test_a_system_without_another_thread_answers_503(
    sign_in: Callable[..., Login], consumer: Driven, provider: Provider, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RFC 9110 §15.6.4: nothing was begun, so nothing is lost, and the next request begins it."""
    login = sign_in("openid")
    clock.offset = 3600

    class NoThread:
        def __init__(self, **_: Any) -> None:
            pass

        def start(self) -> None:
            raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(refreshes.threading, "Thread", NoThread)
        assert consumer.consumer._sign_in.context.refreshes.begin(login.login_id, "openid", Deadline(1), lambda: "token") is None
    assert "alice" == consumer.request(login.login_id, "GET", "/who").json()["user"]


def test_new_tokens_are_stored_when_the_database_is_back(
    sign_in: Callable[..., Login],
    consumer: Driven,
    provider: Provider,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """RFC 6749 §6: the old refresh token is dead, so an answer that is not stored ends the login."""
    login = sign_in("openid")
    clock.offset = 3600
    replace_tokens, failures = Records.replace_tokens, iter([True, True, False])

    def away(*arguments: Any) -> Any:
        if next(failures):
            raise StoreUnavailable("the database restarts")
        return replace_tokens(*arguments)

    monkeypatch.setattr(Records, "replace_tokens", away)
    monkeypatch.setattr(bearer, "STORE_WAIT_SECONDS", 0.01)
    for _ in range(2):
        assert "alice" == consumer.request(login.login_id, "GET", "/who").json()["user"]
    assert 1 == count(provider)


def test_a_database_that_is_away_before_a_refresh_is_a_503(  # noqa: PLR0917 - fixtures
    sign_in: Callable[..., Login],
    consumer: Driven,
    provider: Provider,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    happened: list[Event],
) -> None:
    """RFC 9110 §15.6.4: the provider is not asked, since its answer could not be stored."""
    login = sign_in("openid")
    clock.offset = 3600

    def away(*_: Any) -> Any:
        raise StoreUnavailable("the database restarts")

    with monkeypatch.context() as patch:
        patch.setattr(Records, "lock", away)
        with pytest.raises(StoreUnavailable):
            consumer.request(login.login_id, "GET", "/who")
    assert 0 == count(provider)
    assert "the database restarts" == fields_of(happened, "refresh_failed")["reason"]
    assert "alice" == consumer.request(login.login_id, "GET", "/who").json()["user"]


def test_an_unexpected_failure_is_logged_and_reaches_the_request(
    sign_in: Callable[..., Login], consumer: Driven, clock: Clock, monkeypatch: pytest.MonkeyPatch, happened: list[Event]
) -> None:
    """No error is lost on a thread that no request waits for."""
    login = sign_in("openid")
    clock.offset = 3600

    def broken(*_: Any) -> Any:
        raise ZeroDivisionError

    monkeypatch.setattr(Records, "lock", broken)
    with pytest.raises(ZeroDivisionError):
        consumer.request(login.login_id, "GET", "/who")
    assert "a refresh" == fields_of(happened, "request_failed")["reason"]


# Processes -----------------------------------------------------------------------------------------------------


def _provide(pipe: Connection) -> None:
    """A provider in its own process, which does what it is told."""
    with closing(Provider()) as provider, answering_late(provider) as (_, answer):
        late = provider.wrong.answers.pop("/token")

        def hang(_: Seen) -> Any:
            answer.wait(30)
            return as_json({}, 503)

        pipe.send(provider.url)
        for what, about in iter(pipe.recv, None):
            match what:
                case "approve":
                    pipe.send(provider.approve(about))
                case "hang":
                    provider.wrong.answers["/token"] = late if about else hang
                    pipe.send(None)
                case "answer":
                    answer.set()
                    del provider.wrong.answers["/token"]
                    pipe.send(None)
                case "report":
                    pipe.send((count(provider), provider.theft_noticed))


def _scale_down() -> None:
    """Let a lock last two seconds, and requests wait for a moment only."""
    bearer.LEASE_SECONDS, bearer.EXTEND_SECONDS, bearer.PATIENCE_SECONDS = 2, 0.2, 0.3  # type: ignore[assignment]


def _in_an_hour() -> float:
    return time.time() + 3600


def _read(url: str, settings: ConsumerSettings, login_id: str) -> None:
    """A consumer in its own process, whose user gives up, and which goes on."""
    _scale_down()
    consumer = Driven(Consumer(settings, SQLStore(url), _in_an_hour))
    with pytest.raises(RefreshPending):
        consumer.request(login_id, "GET", "/who")
    ended(consumer)


Tell = Callable[..., Any]


@pytest.fixture
def separate() -> Iterator[tuple[str, Tell]]:
    """A provider in its own process: its URL, and how to tell it something."""
    spawn = multiprocessing.get_context("spawn")
    pipe, other = spawn.Pipe()
    process = spawn.Process(target=_provide, args=(other,))
    process.start()

    def tell(what: str, about: Any = None) -> Any:
        pipe.send((what, about))
        assert pipe.poll(30)
        return pipe.recv()

    assert pipe.poll(60)
    yield pipe.recv(), tell
    pipe.send(None)
    process.join(30)
    process.kill()


@pytest.mark.parametrize("is_killed", [False, True], ids=["late", "killed"])
def test_a_late_provider_and_a_killed_consumer_in_processes(
    is_killed: bool,
    separate: tuple[str, Tell],
    configured: dict[str, ProviderConfiguration],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """RFC 9700 §4.14.2: one process asks, for longer than its lock would last; if it is killed, the lock goes by itself."""
    provider_url, tell = separate
    for name in ("LEASE_SECONDS", "EXTEND_SECONDS", "PATIENCE_SECONDS"):
        monkeypatch.setattr(bearer, name, getattr(bearer, name))
    _scale_down()
    endpoints = {"issuer": provider_url, "api": provider_url + "/api"}
    settings = ConsumerSettings(url=URL, secret_keys=(b"k" * 32,), providers={"openid": replace(configured["openid"], **endpoints)})
    url = f"sqlite:///{tmp_path / 'shared.sqlite3'}"
    with closing(SQLStore(url)) as store:
        before = Driven(Consumer(settings, store))
        login = before.finish("openid", tell("approve", before.start("openid")))
        consumer = Driven(Consumer(settings, store, _in_an_hour))
        tell("hang", not is_killed)
        process = multiprocessing.get_context("spawn").Process(target=_read, args=(url, settings, login.login_id))
        process.start()
        _until(lambda: tell("report") == (1, False))
        if is_killed:
            process.kill()
            process.join()
            pending(consumer, login)
            tell("answer")
        else:
            end = time.monotonic() + 2.5
            while time.monotonic() < end:
                pending(consumer, login)
            tell("answer")
            process.join(30)
            assert 0 == process.exitcode
        _until(lambda: _user(consumer, login) == "alice")
        assert (2 if is_killed else 1, False) == tell("report")


def _until(what: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not what():
        assert time.monotonic() < end
        time.sleep(0.05)


def _user(consumer: Driven, login: Login) -> str:
    try:
        return str(consumer.request(login.login_id, "GET", "/who").json()["user"])
    except RefreshPending:
        return ""
