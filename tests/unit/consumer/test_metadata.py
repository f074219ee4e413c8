"""What a provider publishes: found, checked, remembered (RFC 8414, OpenID Connect Discovery)."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import httpx2
import pytest
from joserfc import jwt

from shared_validator.consumer import ConsumerError, Login, steps
from shared_validator.consumer.errors import UNAVAILABLE, UNUSABLE, UNVERIFIED
from shared_validator.consumer.providers import ProviderConfiguration
from tests.unit.consumer.conftest import Clock, Driven, MakeConsumer
from tests.unit.consumer.provider import Provider, Seen, as_json, rsa_key


def refused(consumer: Driven, name: str = "openid") -> str:
    with pytest.raises(ConsumerError) as refusal:
        consumer.start(name)
    return str(refusal.value)


@pytest.mark.parametrize(
    ("name", "path"), [("openid", "/tenant/.well-known/openid-configuration"), ("oauth2", "/.well-known/oauth-authorization-server/tenant")]
)
def test_the_metadata_of_an_issuer_with_a_path_is_found(
    name: str, path: str, make_consumer: MakeConsumer, provider: Provider, configured: dict[str, ProviderConfiguration]
) -> None:
    """OpenID Connect Discovery §4 puts the well-known part behind the path, RFC 8414 §3.1 before it."""
    issuer = provider.url + "/tenant"
    provider.wrong.answers[path] = as_json(
        {"issuer": issuer, "authorization_endpoint": provider.url + "/authorize", "token_endpoint": provider.url + "/token"}
    )
    consumer = make_consumer(tenant=replace(configured[name], name="tenant", issuer=issuer))
    assert consumer.start("tenant").startswith(provider.url + "/authorize?")


@pytest.mark.parametrize("issuer", ["https://attacker.example", None, 7])
@pytest.mark.parametrize("name", ["openid", "oauth2"])
def test_metadata_of_another_issuer_is_refused(name: str, issuer: Any, consumer: Driven, provider: Provider) -> None:
    """RFC 8414 §3.3: this is the mix-up attack."""
    provider.wrong.metadata = {"issuer": issuer}
    assert UNUSABLE == refused(consumer, name)


@pytest.mark.parametrize("url", ["http://as.example/authorize", "/authorize", None, 7, "javascript:alert(1)", "https://as.example/\nx"])
def test_an_endpoint_that_is_not_https_is_refused(url: Any, consumer: Driven, provider: Provider) -> None:
    """RFC 9700 §2.6: what a provider publishes is checked like what an operator writes."""
    provider.wrong.metadata = {"authorization_endpoint": url}
    assert UNUSABLE == refused(consumer)


def test_what_the_operator_writes_goes_before_the_metadata(
    make_consumer: MakeConsumer, provider: Provider, configured: dict[str, Any]
) -> None:
    """An endpoint in the table replaces the published one."""
    mine = replace(configured["openid"], name="mine", endpoints={"authorization_endpoint": "https://as.example/authorize?lang=en"})
    assert make_consumer(mine=mine).start("mine").startswith("https://as.example/authorize?lang=en&response_type=code&")


def test_what_was_published_is_remembered_for_an_hour(sign_in: Callable[..., Login], provider: Provider, clock: Clock) -> None:
    """A sign-in costs the provider two requests, not four."""
    for _ in range(2):
        sign_in("openid")
    assert (1, 1) == (provider.paths().count("/.well-known/openid-configuration"), provider.paths().count("/jwks"))
    clock.offset = 3601
    provider.wrong.claims = {"iat": int(clock()), "exp": int(clock()) + 60}
    sign_in("openid")
    assert (2, 2) == (provider.paths().count("/.well-known/openid-configuration"), provider.paths().count("/jwks"))


@pytest.mark.fault(27)
@pytest.mark.parametrize(
    "wrong",
    [
        {"answers": {"/.well-known/openid-configuration": (503, {}, b"")}},
        {"answers": {"/.well-known/openid-configuration": (200, {}, b"<html>")}},
        {"metadata": {"issuer": "https://attacker.example"}},
        {"metadata": {"authorization_endpoint": "http://as.example/authorize"}},
        {"metadata": {"token_endpoint": None}},
    ],
)
def test_a_failure_is_remembered_for_five_seconds(wrong: dict[str, Any], consumer: Driven, provider: Provider, clock: Clock) -> None:
    """RFC 8414 §3.2: clicks meanwhile get the same answer at once, and what cannot be used is not kept for an hour."""
    for name, value in wrong.items():
        setattr(provider.wrong, name, value)
    first = refused(consumer)
    assert first == refused(consumer)
    assert 1 == len(provider.seen)
    provider.reset()
    assert first == refused(consumer)
    clock.offset = 6
    assert consumer.start("openid")


@pytest.mark.fault(27)
@pytest.mark.parametrize("answer", [(503, {}, b""), as_json({}), as_json({"keys": "none"})])
def test_a_failure_of_the_keys_is_remembered_for_five_seconds(
    answer: Any, sign_in: Callable[..., Login], provider: Provider, clock: Clock
) -> None:
    """RFC 7517 §5: what is no key set is not kept for an hour."""
    provider.wrong.answers["/jwks"] = answer
    for _ in range(2):
        with pytest.raises(ConsumerError):
            sign_in()
    assert 1 == provider.paths().count("/jwks")
    provider.wrong.answers.clear()
    clock.offset = 6
    assert sign_in()


@pytest.mark.fault(27)
def test_unknown_keys_are_looked_for_once_a_minute(sign_in: Callable[..., Login], provider: Provider, clock: Clock) -> None:
    """OpenID Connect Core §10.1.1: tokens with invented keys do not make the consumer flood its provider."""
    sign_in()
    unknown = rsa_key("unknown")
    provider.wrong.id_token = lambda claims: jwt.encode({"alg": "RS256", "kid": "unknown"}, claims, unknown)
    clock.offset = 61
    provider.wrong.answers["/jwks"] = (503, {}, b"")
    for _ in range(3):
        with pytest.raises(ConsumerError, match=UNAVAILABLE):
            sign_in()
    assert 2 == provider.paths().count("/jwks")
    provider.wrong.answers.clear()
    clock.offset = 67
    for _ in range(3):
        with pytest.raises(ConsumerError, match=UNVERIFIED):
            sign_in()
    assert 3 == provider.paths().count("/jwks")
    provider.wrong.id_token = None
    assert sign_in()


def test_a_clock_that_is_set_back_makes_no_memory_longer(consumer: Driven, provider: Provider, clock: Clock) -> None:
    """Neither a failure nor a document is kept until the clock has caught up."""
    provider.wrong.metadata = {"issuer": None}
    refused(consumer)
    provider.reset()
    clock.offset = -86400
    assert consumer.start("openid")
    clock.offset = -2 * 86400
    assert consumer.start("openid")
    assert 2 == len(provider.seen)


@pytest.mark.fault(27)
@pytest.mark.parametrize("answer", [None, (503, {}, b"")], ids=["good", "failed"])
def test_simultaneous_sign_ins_share_one_fetch(answer: Any, consumer: Driven, provider: Provider) -> None:
    """A provider that hangs holds one exchange, and what comes of it is the answer of all."""
    others, asked = threading.Event(), threading.Event()

    def slow(seen: Seen) -> Any:
        asked.set()
        others.wait(10)
        return answer or provider._metadata(seen)

    provider.wrong.answers["/.well-known/openid-configuration"] = slow
    with ThreadPoolExecutor(4) as pool:
        starts = [pool.submit(consumer.start, "openid")]
        assert asked.wait(10)
        starts += [pool.submit(consumer.start, "openid") for _ in range(3)]
        wait(starts, timeout=0.3)
        others.set()
        failures = [start.exception() for start in starts]
    assert [None if answer is None else UNAVAILABLE] * 4 == [failure and str(failure) for failure in failures]
    assert 1 == len(provider.seen)


@pytest.mark.fault(27)
def test_after_a_failure_one_sign_in_waits_and_the_others_do_not(consumer: Driven, provider: Provider, clock: Clock) -> None:
    """A provider that hangs holds one thread, however many clicks there are, and one success ends that."""
    back, asked = threading.Event(), threading.Event()

    def slow(seen: Seen) -> Any:
        asked.set()
        back.wait(10)
        return provider._metadata(seen)

    path = "/.well-known/openid-configuration"
    provider.wrong.answers[path] = (503, {}, b"")
    refused(consumer)
    provider.wrong.answers[path] = slow
    clock.offset = 6
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(consumer.start, "openid")
        assert asked.wait(10)
        assert [UNAVAILABLE] * 4 == [refused(consumer) for _ in range(4)]
        assert not first.done()
        back.set()
        assert first.result()
    assert consumer.start("openid")
    assert 2 == len(provider.seen)


@pytest.mark.fault(27)
def test_waiting_for_the_fetch_of_another_sign_in_ends(consumer: Driven, provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sign-in that waits for a fetch has its own deadline, which ends before that of the fetch."""
    hang, asked = threading.Event(), threading.Event()

    def hanging(seen: Seen) -> Any:
        asked.set()
        hang.wait(10)
        return as_json({})

    provider.wrong.answers["/.well-known/openid-configuration"] = hanging
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(consumer.start, "openid")
        assert asked.wait(10)
        monkeypatch.setattr(steps, "FLOW_SECONDS", 0.1)
        assert UNAVAILABLE == refused(consumer)
        hang.set()
        assert UNUSABLE == str(first.exception())
    assert 1 == len(provider.seen)


def test_a_provider_that_is_not_there_is_unavailable(make_consumer: MakeConsumer, configured: dict[str, ProviderConfiguration]) -> None:
    """Nothing listens on this port."""
    assert UNAVAILABLE == refused(make_consumer(gone=replace(configured["openid"], name="gone", issuer="http://127.0.0.1:1")), "gone")


class Dripping(BaseHTTPRequestHandler):
    """Sends one byte after another, each in time, and never ends."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        try:
            while not self.server.stopping.wait(0.02):  # type: ignore[attr-defined]
                self.wfile.write(b"{")
        except OSError:
            self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.mark.parametrize("perform", [steps.perform, lambda step: asyncio.run(steps.perform_async(step))], ids=["sync", "async"])
def test_an_answer_that_never_ends_is_given_up(perform: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each byte comes within the socket's timeout, so the whole answer has one of its own."""
    monkeypatch.setattr(steps, "FLOW_SECONDS", 0.1)
    server = HTTPServer(("127.0.0.1", 0), Dripping)
    server.stopping = threading.Event()  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        outcome = perform(httpx2.Request("GET", f"http://127.0.0.1:{server.server_address[1]}/"))
    finally:
        server.stopping.set()  # type: ignore[attr-defined]
        server.shutdown()
        thread.join()
        server.server_close()
    assert isinstance(outcome, ConsumerError)
    assert "ReadTimeout" == outcome.reason


def test_userinfo_must_be_published_where_nothing_else_tells_who_it_is(sign_in: Callable[..., Login], provider: Provider) -> None:
    """Plain OAuth 2 has no ID token."""
    provider.wrong.metadata = {"userinfo_endpoint": None}
    with pytest.raises(ConsumerError, match=UNUSABLE):
        sign_in("oauth2")


@pytest.mark.parametrize(
    ("name", "userinfo"),
    [
        *(("oauth2", wrong) for wrong in ({"sub": None}, {"sub": ""}, {"sub": True}, {"sub": ["x"]}, {"name": "\ud800"})),
        ("openid", {"name": "\ud800"}),
    ],
)
def test_claims_that_cannot_be_used_are_refused(
    name: str, userinfo: dict[str, Any], sign_in: Callable[..., Login], provider: Provider
) -> None:
    """There is a subject, and every text can be shown on a page."""
    provider.wrong.userinfo = userinfo
    with pytest.raises(ConsumerError, match=UNUSABLE):
        sign_in(name)


@pytest.mark.parametrize("subject", ["x" * 256, "x\x00", "x\n"])
def test_a_subject_that_cannot_be_kept_is_refused(subject: str, sign_in: Callable[..., Login], provider: Provider) -> None:
    """OpenID Connect Core §2: 255 characters at most; an application knows its users by it, in a database's column."""
    provider.wrong.userinfo = {"sub": subject}
    with pytest.raises(ConsumerError, match=UNUSABLE):
        sign_in("oauth2")
    provider.wrong.userinfo = {"sub": "x" * 255}
    assert "x" * 255 == sign_in("oauth2").subject


class DrippingHeaders(BaseHTTPRequestHandler):
    """A provider that sends one header, or one interim response, after the other."""

    def do_GET(self) -> None:
        flood = self.path == "/interim"
        with contextlib.suppress(OSError):
            self.wfile.write(b"" if flood else b"HTTP/1.1 200 OK\r\n")
            while not self.server.stopping.wait(0.02):  # type: ignore[attr-defined]
                self.wfile.write(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" if flood else b"X-More: x\r\n")

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.mark.fault(27)
@pytest.mark.parametrize("path", ["/headers", "/interim"])
@pytest.mark.parametrize("perform", [steps.perform, lambda step: asyncio.run(steps.perform_async(step))], ids=["sync", "async"])
def test_headers_that_never_end_are_given_up(perform: Any, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """RFC 9110 §15.2: each header and interim response comes in time, so the whole exchange has one deadline."""
    monkeypatch.setattr(steps, "FLOW_SECONDS", 0.2)
    server = HTTPServer(("127.0.0.1", 0), DrippingHeaders)
    server.stopping = threading.Event()  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        outcome = perform(httpx2.Request("GET", f"http://127.0.0.1:{server.server_address[1]}{path}"))
    finally:
        server.stopping.set()  # type: ignore[attr-defined]
        server.shutdown()
        thread.join()
        server.server_close()
    assert isinstance(outcome, ConsumerError)
    assert "ReadTimeout" == outcome.reason
