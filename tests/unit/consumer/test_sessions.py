"""A session: the token goes to the API only, and is renewed once, by one, before it is used."""

from __future__ import annotations

import asyncio
import multiprocessing
import time
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

import httpx2
import pytest

from shared_validator.consumer import AsyncConsumer, Consumer, ConsumerError, ConsumerSettings, Login, bearer
from shared_validator.consumer.errors import SIGNED_OUT, UNAVAILABLE, RefreshPending
from shared_validator.consumer.providers import ProviderConfiguration
from shared_validator.consumer.records import Records
from shared_validator.edge.refusals import respond
from shared_validator.store.sql import SQLStore
from shared_validator.vault import Vault, digest
from tests.unit.consumer.conftest import URL, Clock, Driven, MakeConsumer
from tests.unit.consumer.provider import Provider, Seen, as_json


def locked(store: SQLStore, login: Login, now: float, owner: str = "another process") -> bool:
    return Records(store, Vault([b"k" * 32])).lock(login.login_id, owner, bearer.LEASE_SECONDS, int(now))


def refreshes(provider: Provider) -> int:
    return sum(seen.path == "/token" and seen.form["grant_type"] == "refresh_token" for seen in provider.seen)


def pending(consumer: Driven, login: Login) -> None:
    """Expect a 503 that says when to try again."""
    with pytest.raises(RefreshPending, match=UNAVAILABLE) as refusal:
        consumer.request(login.login_id, "GET", "/who")
    answer = respond(refusal.value, page=True)
    assert (503, "5") == (answer.status, answer.header("Retry-After"))


@pytest.mark.parametrize("name", ["openid", "oauth2"])
def test_a_session_sends_the_token_to_the_api(name: str, sign_in: Callable[..., Login], consumer: Driven, provider: Provider) -> None:
    """RFC 6750 §2.1; relative URLs begin at `api`."""
    login = sign_in(name)
    assert "alice" == consumer.request(login.login_id, "GET", "/who").json()["user"]
    assert "/api/who" == provider.seen[-1].path


@pytest.mark.parametrize("host", ["127.0.0.2", "localhost"])
def test_a_token_is_not_sent_to_another_origin(host: str, sign_in: Callable[..., Login], consumer: Driven, provider: Provider) -> None:
    """RFC 9700 §4.9.1: the URL may come from data that somebody else wrote."""
    login = sign_in("openid")
    with pytest.raises(ValueError, match="the credentials are for"):
        consumer.request(login.login_id, "GET", provider.url.replace("127.0.0.1", host) + "/api/who")


@pytest.mark.parametrize("name", ["openid", "oauth1"])
def test_a_redirect_takes_no_credentials_to_another_origin(
    name: str, sign_in: Callable[..., Login], consumer: Driven, provider: Provider
) -> None:
    """Redirects are not followed; where an application asks for it, the other origin sees no token."""
    login = sign_in(name)
    elsewhere = provider.url.replace("127.0.0.1", "localhost") + "/elsewhere"
    for path in ("/api/moved", "/moved"):
        provider.wrong.answers[path] = (302, {"Location": elsewhere}, b"")
    provider.wrong.answers["/elsewhere"] = as_json({})
    assert 302 == consumer.request(login.login_id, "GET", "/moved").status_code
    consumer.request(login.login_id, "GET", "/moved", follow_redirects=True)
    assert "/elsewhere" == provider.seen[-1].path
    assert "authorization" not in provider.seen[-1].headers


def test_a_token_is_renewed_before_it_expires(sign_in: Callable[..., Login], consumer: Driven, provider: Provider, clock: Clock) -> None:
    """RFC 6749 §6, with 30 seconds to spare; the rotated refresh token replaces the old one (Mistake 6)."""
    login = sign_in("openid")
    for _ in range(3):
        clock.offset += 3571
        assert "alice" == consumer.request(login.login_id, "GET", "/who").json()["user"]
    assert 3 == refreshes(provider)
    assert not provider.theft_noticed


def test_a_token_that_is_good_for_long_is_not_renewed(
    sign_in: Callable[..., Login], consumer: Driven, provider: Provider, clock: Clock
) -> None:
    """One refresh an hour, not one a request."""
    login = sign_in("openid")
    clock.offset = 3500
    consumer.request(login.login_id, "GET", "/who")
    assert 0 == refreshes(provider)


def test_a_token_that_lives_shorter_than_the_leeway_is_used(sign_in: Callable[..., Login], consumer: Driven, provider: Provider) -> None:
    """Otherwise it would be renewed for ever."""
    provider.expires_in = 5
    login = sign_in("openid")
    assert "alice" == consumer.request(login.login_id, "GET", "/who").json()["user"]
    assert 1 == refreshes(provider)


def test_an_answer_without_a_new_refresh_token_keeps_the_old_one(
    sign_in: Callable[..., Login], consumer: Driven, provider: Provider, clock: Clock
) -> None:
    """RFC 6749 §6: the authorization server may issue a new one."""
    login = sign_in("openid")
    provider.wrong.token_answer = {"refresh_token": None, "scope": None}
    kept = next(iter(provider.refresh_tokens))
    clock.offset = 3600
    consumer.request(login.login_id, "GET", "/who")
    clock.offset = 7200
    provider.refresh_tokens[kept] = "alice"
    assert "alice" == consumer.request(login.login_id, "GET", "/who").json()["user"]
    assert kept == provider.last("/token").form["refresh_token"]
    found = consumer.login(login.login_id)
    assert found is not None
    assert login.scope == found.scope


def test_a_401_with_invalid_token_renews_once(sign_in: Callable[..., Login], consumer: Driven, provider: Provider) -> None:
    """RFC 6750 §3.1: the API knows best; the request goes again with its body."""
    login = sign_in("openid")
    provider.access_tokens.clear()
    answer = consumer.request(login.login_id, "POST", "/who", content=_chunks(consumer))
    assert ("alice", "some text") == (answer.json()["user"], answer.json()["body"])
    assert 1 == refreshes(provider)


def _chunks(consumer: Driven) -> Iterator[bytes] | AsyncIterator[bytes]:
    """A body that can be read once only."""

    async def later() -> AsyncIterator[bytes]:
        yield b"some "
        yield b"text"

    return iter([b"some ", b"text"]) if isinstance(consumer.consumer, Consumer) else later()


def test_a_401_that_stays_is_the_answer(sign_in: Callable[..., Login], consumer: Driven, provider: Provider) -> None:
    """One refresh, one more try, and no loop."""
    login = sign_in("openid")
    provider.wrong.answers["/api/who"] = (401, {"WWW-Authenticate": 'OAuth realm="x", Bearer error="invalid_token"'}, b"no")
    assert 401 == consumer.request(login.login_id, "GET", "/who").status_code
    assert (1, 2) == (refreshes(provider), provider.paths().count("/api/who"))


@pytest.mark.parametrize(
    ("status", "challenge"), [(401, "Bearer"), (401, 'Bearer error="insufficient_scope"'), (403, 'Bearer error="invalid_token"'), (401, "")]
)
def test_another_refusal_renews_nothing(
    status: int, challenge: str, sign_in: Callable[..., Login], consumer: Driven, provider: Provider
) -> None:
    """RFC 6750 §3.1: only invalid_token means that a new token may help."""
    login = sign_in("openid")
    provider.wrong.answers["/api/who"] = (status, {"WWW-Authenticate": challenge}, b"")
    assert status == consumer.request(login.login_id, "GET", "/who").status_code
    assert 0 == refreshes(provider)


def test_without_a_refresh_token_the_401_is_the_answer(
    sign_in: Callable[..., Login], consumer: Driven, provider: Provider, clock: Clock
) -> None:
    """The application asks the person to sign in again."""
    provider.wrong.token_answer = {"refresh_token": None}
    login = sign_in("openid")
    clock.offset = 4000
    provider.access_tokens.clear()
    assert 401 == consumer.request(login.login_id, "GET", "/who").status_code
    assert 1 == provider.paths().count("/api/who")


def test_a_dead_refresh_token_is_tried_once(sign_in: Callable[..., Login], consumer: Driven, provider: Provider, clock: Clock) -> None:
    """Mistake 6: trying again would look like theft; the API's 401 tells the application."""
    login = sign_in("openid")
    provider.refresh_tokens.clear()
    provider.access_tokens.clear()
    clock.offset = 3600
    for _ in range(2):
        assert 401 == consumer.request(login.login_id, "GET", "/who").status_code
    assert 1 == refreshes(provider)


@pytest.mark.parametrize("answer", [(503, {}, b""), as_json({"error": "invalid_client"}, 401)])
def test_a_refresh_that_fails_for_another_reason_keeps_the_token(
    answer: Any, sign_in: Callable[..., Login], consumer: Driven, provider: Provider, clock: Clock
) -> None:
    """Nobody is signed out by a provider that is down, or by an operator's mistake; and the lock is free again."""
    login = sign_in("openid")
    clock.offset = 3600
    provider.wrong.answers["/token"] = answer
    with pytest.raises(ConsumerError):
        consumer.request(login.login_id, "GET", "/who")
    provider.wrong.answers.clear()
    assert "alice" == consumer.request(login.login_id, "GET", "/who").json()["user"]


# Many at once ----------------------------------------------------------------------------------------------------


def test_of_many_that_find_the_token_expired_one_refreshes(
    sign_in: Callable[..., Login], consumer: Driven, provider: Provider, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mistake 6: with rotation a second refresh would look like theft and end the sign-in (RFC 9700 §4.14.2)."""
    monkeypatch.setattr(bearer, "WAIT_SECONDS", 0.01)
    login = sign_in("openid")
    clock.offset = 3600
    provider.refresh_seconds = 0.1
    if isinstance(consumer.consumer, AsyncConsumer):
        users = asyncio.run(_together(consumer.consumer, login.login_id))
    else:
        with ThreadPoolExecutor(8) as pool:
            users = list(pool.map(lambda _: consumer.request(login.login_id, "GET", "/who").json()["user"], range(8)))
    assert ["alice"] * 8 == users
    assert 1 == refreshes(provider)


async def _together(consumer: AsyncConsumer, login_id: str) -> list[str]:
    async with await consumer.session(login_id) as session:
        answers = await asyncio.gather(*(session.get("/who") for _ in range(8)))
    return [answer.json()["user"] for answer in answers]


def _in_another_process(url: str, settings: ConsumerSettings, login_id: str, together: Barrier, users: Any) -> None:
    store = SQLStore(url)
    try:
        consumer = Consumer(settings, store, lambda: time.time() + 3600)
        together.wait()
        with consumer.session(login_id) as session:
            users.put(session.get("/who").json()["user"])
    finally:
        store.close()


def test_of_two_processes_one_refreshes(provider: Provider, configured: dict[str, ProviderConfiguration], tmp_path: Path) -> None:
    """Mistake 6: the lock is in the store, so workers that share nothing else respect it."""
    url = f"sqlite:///{tmp_path / 'shared.sqlite3'}"
    store = SQLStore(url)
    settings = ConsumerSettings(url=URL, secret_keys=(b"k" * 32,), providers={"openid": configured["openid"]})
    driven = Driven(Consumer(settings, store))
    login = driven.finish("openid", provider.approve(driven.start("openid")))
    store.close()
    provider.refresh_seconds = 0.2
    spawn = multiprocessing.get_context("spawn")
    together, users = spawn.Barrier(2), spawn.Queue()
    processes = [spawn.Process(target=_in_another_process, args=(url, settings, login.login_id, together, users)) for _ in range(2)]
    for process in processes:
        process.start()
    assert ["alice", "alice"] == [users.get(timeout=60) for _ in processes]
    for process in processes:
        process.join()
    assert 1 == refreshes(provider)


def test_a_holder_that_died_does_not_lock_the_login_for_ever(
    sign_in: Callable[..., Login], consumer: Driven, provider: Provider, clock: Clock, store: SQLStore
) -> None:
    """The lock ends after its time, and the next holder refreshes."""
    login = sign_in("openid")
    clock.offset = 3600
    assert locked(store, login, clock() - bearer.LEASE_SECONDS - 1)
    assert "alice" == consumer.request(login.login_id, "GET", "/who").json()["user"]


@pytest.mark.fault(28)
def test_waiting_for_another_refresh_ends(
    sign_in: Callable[..., Login], consumer: Driven, clock: Clock, store: SQLStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RFC 9110 §15.6.4: no request hangs for as long as another process waits for the provider."""
    login = sign_in("openid")
    clock.offset = 3600
    assert locked(store, login, clock())
    monkeypatch.setattr(bearer, "PATIENCE_SECONDS", 0.1)
    pending(consumer, login)


def test_a_refresh_between_look_and_lock_is_not_repeated(  # noqa: PLR0917 - fixtures
    sign_in: Callable[..., Login],
    consumer: Driven,
    make_consumer: MakeConsumer,
    provider: Provider,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whoever gets the lock looks again: the one before may just have finished."""
    login = sign_in("openid")
    clock.offset = 3600
    lock, nested = Records.lock, []

    def late(*arguments: Any) -> bool:
        if not nested:
            nested.append(True)
            make_consumer().request(login.login_id, "GET", "/first")
        return lock(*arguments)

    monkeypatch.setattr(Records, "lock", late)
    assert "alice" == consumer.request(login.login_id, "GET", "/who").json()["user"]
    assert 1 == refreshes(provider)


@pytest.mark.fault(28)
def test_a_late_holder_does_not_free_the_lock_of_the_next(  # noqa: PLR0917 - fixtures
    sign_in: Callable[..., Login], consumer: Driven, provider: Provider, clock: Clock, store: SQLStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RFC 9700 §4.14.2: only one refresh of a login may be under way, so only its owner frees the lock."""
    login = sign_in("openid")
    clock.offset = 3600

    def slow(seen: Seen) -> Any:
        clock.offset += bearer.LEASE_SECONDS + 1
        assert locked(store, login, clock())
        return as_json({"error": "temporarily_unavailable"}, 503)

    provider.wrong.answers["/token"] = slow
    with pytest.raises(ConsumerError, match=UNAVAILABLE):
        consumer.request(login.login_id, "GET", "/who")
    assert not locked(store, login, clock(), "a third")


@pytest.mark.fault(28)
def test_a_refresh_without_an_answer_is_not_repeated_while_the_provider_may_work_on_it(
    sign_in: Callable[..., Login], consumer: Driven, provider: Provider, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RFC 9700 §4.14.2: the same refresh token a second time would end the sign-in, so the lock stays until it ends."""
    login = sign_in("openid")
    clock.offset = 3600
    provider.refresh_seconds = 0.4
    monkeypatch.setattr(bearer, "REFRESH_SECONDS", 0.1)
    with pytest.raises(ConsumerError, match=UNAVAILABLE):
        consumer.request(login.login_id, "GET", "/who")
    monkeypatch.setattr(bearer, "REFRESH_SECONDS", 10)
    monkeypatch.setattr(bearer, "PATIENCE_SECONDS", 0.1)
    with pytest.raises(ConsumerError, match=UNAVAILABLE):
        consumer.request(login.login_id, "GET", "/who")
    assert 1 == refreshes(provider)
    assert not provider.theft_noticed
    assert login == consumer.login(login.login_id)


@pytest.mark.fault(28)
def test_a_refresh_that_comes_too_late_does_not_take_away_newer_tokens(
    sign_in: Callable[..., Login], consumer: Driven, make_consumer: MakeConsumer, provider: Provider, clock: Clock
) -> None:
    """RFC 6749 §6: the refusal of an old refresh token says nothing about its successor."""
    login = sign_in("openid")
    clock.offset = 3600

    def late(seen: Seen) -> Any:
        del provider.wrong.answers["/token"]
        answer = provider._token(seen)
        clock.offset += bearer.LEASE_SECONDS + 1
        provider.refresh_tokens[seen.form["refresh_token"]] = "alice"
        make_consumer().request(login.login_id, "GET", "/who")
        return answer if answer[0] == 400 else as_json({"error": "invalid_grant"}, 400)

    provider.wrong.answers["/token"] = late
    assert "alice" == consumer.request(login.login_id, "GET", "/who").json()["user"]
    clock.offset += 7200
    assert "alice" == consumer.request(login.login_id, "GET", "/who").json()["user"]
    assert 3 == refreshes(provider)


def _dies_in_a_refresh(url: str, settings: ConsumerSettings, login_id: str) -> None:
    consumer = Consumer(settings, SQLStore(url), lambda: time.time() + 3600)
    with consumer.session(login_id) as session:
        session.get("/who")


@pytest.mark.fault(28)
def test_a_process_that_is_killed_in_a_refresh_leaves_a_login_that_recovers(
    provider: Provider, configured: dict[str, ProviderConfiguration], tmp_path: Path
) -> None:
    """RFC 6749 §6: another process refreshes once the lock has ended."""
    url = f"sqlite:///{tmp_path / 'shared.sqlite3'}"
    settings = ConsumerSettings(url=URL, secret_keys=(b"k" * 32,), providers={"openid": configured["openid"]})
    clock = Clock()
    store = SQLStore(url)
    consumer = Driven(Consumer(settings, store, clock))
    login = consumer.finish("openid", provider.approve(consumer.start("openid")))
    process = multiprocessing.get_context("spawn").Process(target=_dies_in_a_refresh, args=(url, settings, login.login_id))

    def kill(seen: Seen) -> Any:
        process.kill()
        return as_json({}, 503)

    provider.wrong.answers["/token"] = kill
    process.start()
    process.join()
    provider.wrong.answers.clear()
    clock.offset = 3600 + bearer.LEASE_SECONDS + 1
    assert "alice" == consumer.request(login.login_id, "GET", "/who").json()["user"]
    store.close()


# Logging out ----------------------------------------------------------------------------------------------------


def test_logging_out_revokes_and_leads_to_the_provider(sign_in: Callable[..., Login], consumer: Driven, provider: Provider) -> None:
    """RFC 7009 §2.1, and OpenID Connect RP-Initiated Logout §2."""
    login = sign_in("openid")
    refresh_token = next(iter(provider.refresh_tokens))
    url = httpx2.URL(consumer.log_out(login.login_id) or "")
    assert [refresh_token] == provider.revoked
    assert "refresh_token" == provider.last("/revoke").form["token_type_hint"]
    assert provider.url + "/logout" == str(url.copy_with(query=None))
    assert (URL + "/", configured_client(consumer)) == (url.params["post_logout_redirect_uri"], url.params["client_id"])
    assert 3 == len(url.params["id_token_hint"].split("."))


def configured_client(consumer: Driven) -> str:
    return consumer.consumer.providers["openid"].client_id


def test_a_login_ends_once(sign_in: Callable[..., Login], consumer: Driven, provider: Provider) -> None:
    """What ended is gone for every later call, a session that is open already among them."""
    login = sign_in("openid")
    consumer.log_out(login.login_id)
    assert consumer.login(login.login_id) is None
    assert consumer.log_out(login.login_id) is None
    assert 1 == len(provider.revoked)
    with pytest.raises(ConsumerError, match=SIGNED_OUT):
        consumer.request(login.login_id, "GET", "/who")


@pytest.mark.parametrize("name", ["openid", "oauth1"])
def test_an_open_session_ends_with_its_login(name: str, sign_in: Callable[..., Login], store: SQLStore, configured: dict[str, Any]) -> None:
    """Each request looks the login up."""
    login = sign_in(name)
    consumer = Consumer(ConsumerSettings(url=URL, secret_keys=(b"k" * 32,), providers=configured), store)
    with consumer.session(login.login_id) as session:
        consumer.log_out(login.login_id)
        with pytest.raises(ConsumerError, match=SIGNED_OUT):
            session.get("/who")


def test_without_a_refresh_token_the_access_token_is_revoked(sign_in: Callable[..., Login], consumer: Driven, provider: Provider) -> None:
    """RFC 7009 §2.1 takes either."""
    provider.wrong.token_answer = {"refresh_token": None}
    login = sign_in("oauth2")
    assert consumer.log_out(login.login_id) is None
    assert list(provider.access_tokens) == provider.revoked


@pytest.mark.parametrize("path", ["/revoke", "/.well-known/openid-configuration"])
@pytest.mark.parametrize("answer", [(500, {}, b""), (200, {}, b"x" * (1 << 21))], ids=["error", "huge"])
def test_a_provider_that_fails_keeps_nobody_signed_in(  # noqa: PLR0917 - fixtures
    path: str,
    answer: Any,
    sign_in: Callable[..., Login],
    consumer: Driven,
    provider: Provider,
    clock: Clock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The failure goes to the log, without a token."""
    login = sign_in("openid")
    provider.wrong.answers[path] = answer
    clock.offset = 3601
    consumer.log_out(login.login_id)
    assert consumer.login(login.login_id) is None
    logged = "\n".join(record.getMessage() for record in caplog.records)
    if "status 500" in logged or path != "/revoke":
        assert 'logout_failed provider="openid"' in logged
    assert not any(token in logged for token in [*provider.refresh_tokens, *provider.access_tokens])


def test_a_provider_without_revocation_or_logout_just_forgets(sign_in: Callable[..., Login], consumer: Driven, provider: Provider) -> None:
    """Both endpoints are optional."""
    provider.wrong.metadata = {"revocation_endpoint": None, "end_session_endpoint": None}
    assert consumer.log_out(sign_in("openid").login_id) is None


def test_a_refresh_does_not_undo_a_logout(sign_in: Callable[..., Login], consumer: Driven, provider: Provider, clock: Clock) -> None:
    """Who logs out while a refresh is on its way stays out, and the new tokens are revoked."""
    login = sign_in("openid")
    clock.offset = 3600

    def log_out_meanwhile(seen: Seen) -> Any:
        del provider.wrong.answers["/token"]
        answer = provider._token(seen)
        Driven(consumer.consumer).log_out(login.login_id)
        return answer

    provider.wrong.answers["/token"] = log_out_meanwhile
    with pytest.raises(ConsumerError, match=SIGNED_OUT):
        consumer.request(login.login_id, "GET", "/who")
    assert consumer.login(login.login_id) is None
    assert set(provider.refresh_tokens) <= set(provider.revoked)


@pytest.mark.fault(9)
def test_a_login_that_was_moved_to_another_row_does_not_open(
    sign_in: Callable[..., Login], consumer: Driven, store: SQLStore, clock: Clock
) -> None:
    """An attacker who can write to the database does not get a victim's tokens under their own login."""
    victim, attacker = sign_in("openid"), sign_in("openid")
    names = [digest(f"consumer login {login.login_id}") for login in (victim, attacker)]
    now = int(clock())
    moved = store.sealed(names[0], now)
    assert moved is not None
    store.save_sealed(names[1], moved, now + 600)

    assert consumer.login(attacker.login_id) is None
    assert consumer.login(victim.login_id) == victim
