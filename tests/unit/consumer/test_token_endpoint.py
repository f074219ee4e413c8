"""The token endpoint: how a client authenticates there, and which answers are taken (RFC 6749 §2.3, §5)."""

from __future__ import annotations

import asyncio
import gzip
import tracemalloc
import zlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx2
import pytest

from shared_validator.consumer import ConsumerError, Login, steps
from shared_validator.consumer.errors import NOT_SET_UP, REFUSED, SCOPE_REFUSED, UNAVAILABLE, UNKNOWN_ATTEMPT, UNUSABLE
from shared_validator.consumer.providers import ProviderConfiguration
from tests.unit.consumer.conftest import Clock, Driven, MakeConsumer
from tests.unit.consumer.provider import CLIENT_ID, Provider, Seen, as_json


def refused(sign_in: Callable[..., Login], name: str = "oauth2") -> str:
    with pytest.raises(ConsumerError) as refusal:
        sign_in(name)
    return str(refusal.value)


def test_basic_credentials_are_form_encoded_first(sign_in: Callable[..., Login], provider: Provider) -> None:
    """RFC 6749 §2.3.1: the provider's client has a colon, a plus, a slash and a percent sign in its credentials."""
    assert ":" in CLIENT_ID
    sign_in("oauth2")
    assert {"grant_type", "code", "redirect_uri", "code_verifier"} == set(provider.last("/token").form)


@pytest.mark.parametrize(
    ("supported", "method"),
    [
        (["client_secret_post", "client_secret_basic"], "client_secret_basic"),
        (["private_key_jwt", "client_secret_post"], "client_secret_post"),
        (None, "client_secret_basic"),
    ],
)
def test_the_metadata_decides_how_to_authenticate(supported: Any, method: str, sign_in: Callable[..., Login], provider: Provider) -> None:
    """RFC 8414 §2: token_endpoint_auth_methods_supported, client_secret_basic where it is left out."""
    provider.wrong.metadata = {"token_endpoint_auth_methods_supported": supported}
    provider.auth_method = method
    assert "subject of alice" == sign_in("oauth2").subject


@pytest.mark.parametrize("supported", [["private_key_jwt"], "client_secret_basic"])
def test_a_provider_that_takes_no_secret_is_refused(supported: Any, sign_in: Callable[..., Login], provider: Provider) -> None:
    """What we cannot do is said, and the secret is not sent."""
    provider.wrong.metadata = {"token_endpoint_auth_methods_supported": supported}
    assert NOT_SET_UP == refused(sign_in)
    assert "/token" not in provider.paths()


def test_the_operator_may_decide_how_to_authenticate(
    make_consumer: MakeConsumer, provider: Provider, configured: dict[str, ProviderConfiguration]
) -> None:
    """Some metadata is wrong."""
    provider.auth_method = "client_secret_post"
    consumer = make_consumer(mine=replace(configured["oauth2"], name="mine", token_endpoint_auth_method="client_secret_post"))
    assert "subject of alice" == consumer.finish("mine", provider.approve(consumer.start("mine"))).subject


def test_a_public_client_names_itself(
    make_consumer: MakeConsumer, provider: Provider, configured: dict[str, ProviderConfiguration]
) -> None:
    """RFC 6749 §3.2.1: client_id, no secret; PKCE protects the code."""
    provider.auth_method = "none"
    consumer = make_consumer(mine=replace(configured["oauth2"], name="mine", client_secret=None))
    assert "subject of alice" == consumer.finish("mine", provider.approve(consumer.start("mine"))).subject
    assert CLIENT_ID == provider.last("/token").form["client_id"]


@pytest.mark.parametrize("token_type", [None, "mac", "DPoP", "", 7])
def test_another_type_of_token_is_refused(token_type: Any, sign_in: Callable[..., Login], provider: Provider) -> None:
    """Trap 7: a missing token_type is not taken for Bearer (RFC 6749 §7.1)."""
    provider.wrong.token_answer = {"token_type": token_type}
    assert UNUSABLE == refused(sign_in)


@pytest.mark.parametrize(
    ("scope", "granted"),
    [
        ("openid", ("openid",)),
        ("profile email", ("profile", "email")),
        ("", ()),
        (None, ("profile",)),
        (["profile"], ("profile",)),
        ("profile profile", ("profile",)),
    ],
)
def test_a_changed_scope_is_told_and_is_no_error(
    scope: Any, granted: tuple[str, ...], sign_in: Callable[..., Login], provider: Provider
) -> None:
    """Trap 7: less, more or no scope comes back without an exception (RFC 6749 §3.3, §5.1)."""
    provider.wrong.token_answer = {"scope": scope}
    assert granted == sign_in("oauth2").scope


@pytest.mark.parametrize(
    "changed",
    [
        {"access_token": None},
        {"access_token": ""},
        {"access_token": 7},
        {"access_token": "two words"},
        {"access_token": "line\r\nHost: attacker.example"},
        {"access_token": "tokén"},
        {"refresh_token": ["x"]},
        {"refresh_token": "x\ny"},
    ],
)
def test_a_token_that_cannot_stand_in_a_header_is_refused(
    changed: dict[str, Any], sign_in: Callable[..., Login], provider: Provider
) -> None:
    """RFC 6749 Appendix A.12: visible ASCII characters."""
    provider.wrong.token_answer = changed
    assert UNUSABLE == refused(sign_in)


@pytest.mark.parametrize("expires_in", [None, "3600", 3600.5, -1, "soon", "9" * 5000, True])
def test_a_lifetime_that_is_no_number_is_no_error(expires_in: Any, sign_in: Callable[..., Login], provider: Provider, clock: Clock) -> None:
    """RFC 6749 §5.1 only recommends expires_in; some send it as a text."""
    provider.wrong.token_answer = {"expires_in": expires_in}
    assert "subject of alice" == sign_in("oauth2").subject


@pytest.mark.parametrize(
    ("status", "error", "sentence"),
    [
        (400, "invalid_grant", UNKNOWN_ATTEMPT),
        (401, "invalid_client", NOT_SET_UP),
        (400, "invalid_scope", SCOPE_REFUSED),
        (200, "invalid_grant", UNKNOWN_ATTEMPT),
        (400, "<script>", REFUSED),
        (400, 7, REFUSED),
        (503, "temporarily_unavailable", UNAVAILABLE),
    ],
)
def test_a_refusal_becomes_a_sentence(status: int, error: Any, sentence: str, sign_in: Callable[..., Login], provider: Provider) -> None:
    """RFC 6749 §5.2, whatever the status: some say 200."""
    provider.wrong.answers["/token"] = as_json({"error": error}, status)
    assert sentence == refused(sign_in)


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ((500, {}, b"<h1>Oops</h1>"), UNAVAILABLE),
        ((404, {}, b"<h1>Nothing here</h1>"), UNUSABLE),
        ((200, {}, b"token=x&token_type=bearer"), UNUSABLE),
        ((200, {}, b"[]"), UNUSABLE),
        ((200, {}, b"\xff"), UNUSABLE),
        ((200, {}, b"[" * 100_000), UNUSABLE),
        ((200, {}, b'"' + b"x" * (1 << 20) + b'"'), UNUSABLE),
        ((200, {"Content-Encoding": "gzip"}, b"not compressed"), UNAVAILABLE),
        ((307, {"Location": "http://127.0.0.2:1/token"}, b""), UNUSABLE),
    ],
    ids=["500", "404", "form", "list", "binary", "deep", "huge", "broken encoding", "redirect"],
)
def test_an_answer_that_cannot_be_used_signs_nobody_in(
    answer: Any, sentence: str, sign_in: Callable[..., Login], provider: Provider
) -> None:
    """Not JSON, too long, or a redirect, which would take the credentials to another host."""
    provider.wrong.answers["/token"] = answer
    assert sentence == refused(sign_in)


@pytest.mark.parametrize(("name", "path"), [("oauth2", "/userinfo"), ("openid", "/jwks"), ("openid", "/.well-known/openid-configuration")])
@pytest.mark.parametrize("answer", [(200, {}, b"x" * (1 << 21)), (302, {"Location": "http://127.0.0.2:1/"}, b"")], ids=["huge", "redirect"])
def test_the_same_holds_for_every_other_answer(
    name: str, path: str, answer: Any, sign_in: Callable[..., Login], provider: Provider
) -> None:
    """One driver performs all requests of the protocol."""
    provider.wrong.answers[path] = answer
    assert UNUSABLE == refused(sign_in, name)


@pytest.mark.parametrize(("encoding", "compress"), [("gzip", gzip.compress), ("deflate", zlib.compress)])
def test_an_answer_that_is_compressed_unasked_is_read(
    encoding: str, compress: Callable[[bytes], bytes], sign_in: Callable[..., Login], provider: Provider
) -> None:
    """RFC 9110 §12.5.3: some servers compress although they are asked not to."""

    def compressed(seen: Seen) -> Any:
        status, headers, body = provider._token(seen)
        return status, headers | {"Content-Encoding": encoding}, compress(body)

    provider.wrong.answers["/token"] = compressed
    assert "subject of alice" == sign_in("oauth2").subject


def _twice(body: bytes) -> bytes:
    return gzip.compress(gzip.compress(body))


@pytest.mark.fault(27)
@pytest.mark.parametrize(("encoding", "compress"), [("gzip", gzip.compress), ("deflate", zlib.compress), ("gzip, gzip", _twice)])
@pytest.mark.parametrize("perform", [steps.perform, lambda step: asyncio.run(steps.perform_async(step))], ids=["sync", "async"])
def test_a_compressed_answer_is_measured_before_it_is_unpacked(
    perform: Any, encoding: str, compress: Callable[[bytes], bytes], provider: Provider
) -> None:
    """RFC 9110 §8.4.1: 60 KB that would become 60 MB take no memory."""
    provider.wrong.answers["/userinfo"] = (200, {"Content-Encoding": encoding}, compress(b" " * 60_000_000))
    steps.tls()
    tracemalloc.start()
    try:
        outcome = perform(httpx2.Request("GET", provider.url + "/userinfo"))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert isinstance(outcome, ConsumerError)
    assert "an answer of more than 1 MB" == outcome.reason
    assert peak < 10_000_000


@pytest.mark.parametrize("secret", ["code", "code_verifier", "refresh_token", "client_secret"])
def test_a_provider_that_repeats_a_secret_does_not_get_it_into_the_log(  # noqa: PLR0917 - fixtures
    secret: str, sign_in: Callable[..., Login], consumer: Driven, provider: Provider, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    """RFC 6749 §5.2 allows such an error, and a reader of the log must not be able to use it."""
    provider.auth_method = "client_secret_post"
    provider.wrong.metadata = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    login = sign_in("openid")

    def repeats(seen: Seen) -> Any:
        return as_json({"error": f"{seen.form[secret]} is wrong"}, 400)

    provider.wrong.answers["/token"] = repeats
    clock.offset = 3600
    with pytest.raises(ConsumerError, match=REFUSED):
        consumer.request(login.login_id, "GET", "/who") if secret == "refresh_token" else sign_in("openid")
    assert "an error that repeats a secret of the request" in caplog.text
    assert provider.last("/token").form[secret] not in caplog.text
