"""OAuth 1.0a: how the consumer signs, and which credentials it takes (RFC 5849)."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

import pytest

from shared_validator.consumer import ConsumerError, Login
from shared_validator.consumer.errors import NOT_SET_UP, REFUSED, UNAVAILABLE, UNUSABLE
from shared_validator.consumer.providers import SIGNATURE_METHODS, ProviderConfiguration
from tests.unit.consumer.conftest import URL, Driven, MakeConsumer
from tests.unit.consumer.provider import Provider, private_pem, rsa_key


def signed_parameters(provider: Provider, path: str) -> dict[str, str]:
    """The protocol parameters of the newest request to a path."""
    return {name: unquote(value) for name, value in re.findall(r'(\w+)="([^"]*)"', provider.last(path).headers["authorization"])}


def refused(call: Callable[[], Any]) -> str:
    with pytest.raises(ConsumerError) as refusal:
        call()
    return str(refusal.value)


@pytest.mark.parametrize("method", SIGNATURE_METHODS)
def test_every_signature_method_is_verified_by_the_provider(
    method: str, make_consumer: MakeConsumer, provider: Provider, configured: dict[str, ProviderConfiguration]
) -> None:
    """RFC 5849 §3.4.2, §3.4.3, and their successors; checked by code that shares nothing with what signs."""
    provider.oauth1_method = method
    key = {"client_secret": None, "rsa_private_key": private_pem(rsa_key())} if method.startswith("RSA") else {}
    consumer = make_consumer(mine=replace(configured["oauth1"], name="mine", signature_method=method, **key))
    login = consumer.finish("mine", provider.approve(consumer.start("mine")))
    answer = consumer.request(login.login_id, "POST", "/upload", content=b"\x00\xff", headers={"Content-Type": "image/png"})
    assert ("alice", "\x00\xff") == (answer.json()["user"], answer.json()["body"])


def test_the_callback_is_signed_and_comes_back_confirmed(consumer: Driven, provider: Provider) -> None:
    """RFC 5849 §2.1."""
    url = consumer.start("oauth1")
    assert f"{URL}/callback/oauth1" == signed_parameters(provider, "/oauth1/request_token")["oauth_callback"]
    assert url.startswith(provider.url + "/oauth1/authorize?lang=en&oauth_token=")


def test_each_request_has_its_own_nonce(sign_in: Callable[..., Login], provider: Provider) -> None:
    """RFC 5849 §3.3."""
    sign_in("oauth1")
    paths = ("/oauth1/request_token", "/oauth1/access_token", "/oauth1/me")
    assert 3 == len({signed_parameters(provider, path)["oauth_nonce"] for path in paths})


@pytest.mark.parametrize(
    "options",
    [
        {"params": {"a": "1 2", "b": "é&=%", "c": ""}},
        {"data": {"text": "1 2 é & = %", "empty": ""}},
        {"data": {"text": ["one", "two"]}},
        {"content": b"a=$|'{}", "headers": {"Content-Type": "Application/X-WWW-Form-Urlencoded; charset=utf-8"}},
        {"data": {}, "headers": {"Content-Type": "application/x-www-form-urlencoded"}},
        {"json": {"text": "é"}},
        {"files": {"photo": ("photo.png", b"\x89PNG\xff", "image/png")}},
        {"content": b"\xff\x00"},
        {},
    ],
    ids=["query", "form", "repeated", "unusual form", "empty form", "json", "multipart", "no type", "nothing"],
)
def test_every_kind_of_request_is_signed(options: dict[str, Any], sign_in: Callable[..., Login], consumer: Driven) -> None:
    """RFC 5849 §3.4.1.3: query and form are part of the signature, whatever characters they hold."""
    url = "/api/caf%C3%A9/a%2Fb?x=$1|2&y=%20+&z"
    assert "alice" == consumer.request(sign_in("oauth1").login_id, "POST", url, **options).json()["user"]


@pytest.mark.parametrize(
    "options",
    [
        {"files": {"photo": ("photo.png", b"\x89PNG\xff", "image/png")}},
        {"json": {"amount": 1}},
        {"content": b"\xff", "headers": {"Content-Type": "text/plain"}},
    ],
    ids=["multipart", "json", "text"],
)
def test_a_body_that_is_no_form_is_signed_by_its_digest(
    options: dict[str, Any], sign_in: Callable[..., Login], consumer: Driven, provider: Provider
) -> None:
    """Trap 10: RFC 5849 leaves a multipart upload unsigned, so oauth_body_hash covers it."""
    consumer.request(sign_in("oauth1").login_id, "POST", "/upload", **options)
    expected = base64.b64encode(hashlib.sha1(provider.last("/upload").body).digest()).decode()  # noqa: S324 - the method is HMAC-SHA1
    assert expected == signed_parameters(provider, "/upload")["oauth_body_hash"]


@pytest.mark.parametrize("options", [{"data": {"a": "1"}}, {}], ids=["form", "nothing"])
def test_a_form_has_no_digest(options: dict[str, Any], sign_in: Callable[..., Login], consumer: Driven, provider: Provider) -> None:
    """OAuth Request Body Hash §4.1.1: a form is signed already."""
    consumer.request(sign_in("oauth1").login_id, "POST", "/upload", **options)
    assert "oauth_body_hash" not in signed_parameters(provider, "/upload")


@pytest.mark.parametrize("changed", [{"oauth_callback_confirmed": None}, {"oauth_callback_confirmed": "false"}])
def test_oauth_1_0_without_a_is_refused(changed: dict[str, Any], consumer: Driven, provider: Provider) -> None:
    """RFC 5849 §2.1: without the confirmation the provider has the session fixation of OAuth 1.0."""
    provider.wrong.token_answer = changed
    assert UNUSABLE == refused(lambda: consumer.start("oauth1"))


@pytest.mark.parametrize(
    "body",
    [b"", b"oauth_token=a", b"oauth_token=&oauth_token_secret=b", b"oauth_token=a&oauth_token=b&oauth_token_secret=c", b"\xff", b"{}"],
)
@pytest.mark.parametrize("path", ["/oauth1/request_token", "/oauth1/access_token"])
def test_credentials_that_cannot_be_read_are_refused(path: str, body: bytes, sign_in: Callable[..., Login], provider: Provider) -> None:
    """RFC 5849 §2.1, §2.3: a form with each parameter once."""
    provider.wrong.answers[path] = (200, {}, body)
    assert UNUSABLE == refused(lambda: sign_in("oauth1"))


@pytest.mark.parametrize(
    ("path", "status", "sentence"),
    [
        ("/oauth1/request_token", 401, NOT_SET_UP),
        ("/oauth1/access_token", 401, REFUSED),
        ("/oauth1/request_token", 500, UNAVAILABLE),
        ("/oauth1/access_token", 302, REFUSED),
        ("/oauth1/me", 401, UNUSABLE),
    ],
)
def test_a_refusal_becomes_a_sentence(path: str, status: int, sentence: str, sign_in: Callable[..., Login], provider: Provider) -> None:
    """What the provider says stays in the log."""
    provider.wrong.answers[path] = (status, {"Location": "http://127.0.0.2:1/"}, b"oauth_problem=<script>")
    assert sentence == refused(lambda: sign_in("oauth1"))


def test_a_wrong_verifier_is_refused_by_the_provider(sign_in: Callable[..., Login]) -> None:
    """RFC 5849 §2.3."""
    assert REFUSED == refused(lambda: sign_in("oauth1", oauth_verifier="guessed"))


def test_credentials_are_for_one_origin(sign_in: Callable[..., Login], consumer: Driven, provider: Provider) -> None:
    """A signature that another server gets could be used here."""
    login = sign_in("oauth1")
    with pytest.raises(ValueError, match="only"):
        consumer.request(login.login_id, "GET", provider.url.replace("127.0.0.1", "127.0.0.2") + "/who")


def test_logging_out_forgets_the_credentials(sign_in: Callable[..., Login], consumer: Driven) -> None:
    """OAuth 1.0a has neither revocation nor a logout at the provider."""
    login = sign_in("oauth1")
    assert consumer.log_out(login.login_id) is None
    assert consumer.login(login.login_id) is None
