"""Signing in: one attempt, one browser, one provider, once."""

from __future__ import annotations

import base64
import hashlib
import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest

from shared_validator import Event, events
from shared_validator.consumer import Consumer, ConsumerError, ConsumerSettings, Login
from shared_validator.consumer.errors import (
    DENIED,
    MALFORMED,
    NO_CODE,
    NOT_SET_UP,
    OTHER_BROWSER,
    OTHER_ISSUER,
    REFUSED,
    SIGN_IN_NEEDED,
    SIGNED_OUT,
    UNAVAILABLE,
    UNKNOWN_ATTEMPT,
    UNKNOWN_PROVIDER,
)
from shared_validator.consumer.providers import ProviderConfiguration
from shared_validator.store.sql import SQLStore
from tests.unit.consumer.conftest import BROWSER, URL, Clock, Driven, MakeConsumer
from tests.unit.consumer.provider import CLIENT_SECRET, Provider, as_json

PROTOCOLS = pytest.mark.parametrize("name", ["openid", "oauth2", "oauth1"])


def parameters(url: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(url).query))


def refused(consumer: Driven, name: str, callback: str, browser: str = BROWSER) -> str:
    """The sentence that a person reads."""
    with pytest.raises(ConsumerError) as refusal:
        consumer.finish(name, callback, browser)
    return str(refusal.value)


@PROTOCOLS
def test_a_sign_in_tells_who_signed_in(name: str, sign_in: Callable[..., Login]) -> None:
    """RFC 6749 §4.1, RFC 5849 §2, OpenID Connect Core §3.1: one interface, whatever the protocol."""
    login = sign_in(name, "alice")
    assert (name, "subject of alice", {"name": "Alice"}) == (login.provider, login.subject, login.claims)


@PROTOCOLS
def test_a_login_is_found_again_by_its_id_alone(name: str, sign_in: Callable[..., Login], consumer: Driven) -> None:
    """What the application keeps in its session is one random string."""
    login = sign_in(name)
    assert login == consumer.login(login.login_id)
    assert consumer.login("another id") is None


def test_every_authorization_request_has_fresh_state_pkce_and_nonce(consumer: Driven) -> None:
    """Mistake 1: state, PKCE and nonce are always there, random, and never the same twice (RFC 9700 §2.1)."""
    first, second = (parameters(consumer.start("openid")) for _ in range(2))
    for name in ("state", "nonce", "code_challenge"):
        assert first[name] != second[name]
        assert 43 <= len(first[name])
    assert "code" == first["response_type"]
    assert f"{URL}/callback/openid" == first["redirect_uri"]


def test_the_challenge_is_the_s256_of_a_verifier_that_only_the_token_request_shows(
    sign_in: Callable[..., Login], provider: Provider
) -> None:
    """Mistake 2: the method is S256, never plain (RFC 7636 §4.2)."""
    sign_in("openid")
    form = provider.last("/token").form
    digest = hashlib.sha256(form["code_verifier"].encode()).digest()
    assert 43 == len(base64.urlsafe_b64encode(digest).rstrip(b"="))
    assert "authorization_code" == form["grant_type"]


def test_plain_oauth2_sends_no_nonce(consumer: Driven) -> None:
    """The nonce is OpenID Connect's; the method of the challenge is S256 there too."""
    asked = parameters(consumer.start("oauth2"))
    assert "nonce" not in asked
    assert "S256" == asked["code_challenge_method"]


@PROTOCOLS
def test_a_callback_works_once(name: str, consumer: Driven, provider: Provider) -> None:
    """A replayed callback finds its attempt used (Mistake 1)."""
    callback = provider.approve(consumer.start(name))
    consumer.finish(name, callback)
    assert UNKNOWN_ATTEMPT == refused(consumer, name, callback)


@PROTOCOLS
def test_a_callback_in_another_browser_is_refused(name: str, consumer: Driven, provider: Provider) -> None:
    """Mistake 1: an attacker's own callback, opened by a victim, signs nobody in (RFC 9700 §4.7)."""
    callback = provider.approve(consumer.start(name, "the attacker's browser"))
    assert OTHER_BROWSER == refused(consumer, name, callback, "the victim's browser")


@pytest.mark.fault(29)
@PROTOCOLS
def test_a_callback_that_a_stranger_opens_first_still_signs_its_browser_in(name: str, consumer: Driven, provider: Provider) -> None:
    """RFC 9700 §4.7: a link scanner that fetches the callback is refused, and uses nothing up."""
    callback = provider.approve(consumer.start(name))
    assert OTHER_BROWSER == refused(consumer, name, callback, "a scanner")
    assert "subject of alice" == consumer.finish(name, callback).subject
    assert UNKNOWN_ATTEMPT == refused(consumer, name, callback)


@PROTOCOLS
def test_a_callback_without_the_browsers_secret_is_refused(name: str, consumer: Driven, provider: Provider) -> None:
    """A lost session cookie does not match an attempt."""
    assert OTHER_BROWSER == refused(consumer, name, provider.approve(consumer.start(name)), "")


def test_an_attempt_needs_the_browsers_secret(consumer: Driven) -> None:
    """An application that forgets to bind attempts to a browser notices at once."""
    with pytest.raises(ValueError, match="random secret"):
        consumer.start("openid", "")


@PROTOCOLS
def test_an_attempt_ends_after_ten_minutes(name: str, consumer: Driven, provider: Provider, clock: Clock) -> None:
    """A callback that comes later is refused."""
    callback = provider.approve(consumer.start(name))
    clock.offset = 601
    assert UNKNOWN_ATTEMPT == refused(consumer, name, callback)


@pytest.mark.parametrize(("name", "other"), [("openid", "other"), ("oauth1", "other1")])
def test_an_attempt_belongs_to_one_provider(name: str, other: str, consumer: Driven, provider: Provider) -> None:
    """A state of one provider means nothing in the callback of another (RFC 9700 §4.4)."""
    callback = provider.approve(consumer.start(name))
    assert UNKNOWN_ATTEMPT == refused(consumer, other, callback.replace(f"/{name}?", f"/{other}?"))


@PROTOCOLS
def test_two_tabs_of_one_browser_both_finish(name: str, consumer: Driven, provider: Provider) -> None:
    """Trap 8: each attempt is a record of its own, so the second tab does not spoil the first."""
    urls = [consumer.start(name), consumer.start(name)]
    callbacks = [provider.approve(url, user) for url, user in zip(urls, ("alice", "bob"), strict=True)]
    assert ["subject of alice", "subject of bob"] == [consumer.finish(name, callback).subject for callback in callbacks]


@PROTOCOLS
def test_two_visitors_interleaved_get_their_own_tokens(name: str, consumer: Driven, provider: Provider) -> None:
    """Mistake 10: nothing is shared, so Alice never gets Bob's token."""
    urls = {user: consumer.start(name, f"browser of {user}") for user in ("alice", "bob")}
    callbacks = {user: provider.approve(urls[user], user) for user in ("bob", "alice")}
    logins = {user: consumer.finish(name, callbacks[user], f"browser of {user}") for user in ("alice", "bob")}
    for user, login in logins.items():
        assert f"subject of {user}" == login.subject
        assert user == consumer.request(login.login_id, "GET", "/who").json()["user"]


@PROTOCOLS
@pytest.mark.parametrize(
    "changed", [{"state": None, "oauth_token": None}, {"state": "unknown", "oauth_token": "unknown"}, {"state": "", "oauth_token": ""}]
)
def test_a_callback_without_a_known_attempt_is_refused(name: str, changed: dict[str, Any], consumer: Driven, provider: Provider) -> None:
    """Mistake 1, Trap 7: a state that is missing or not ours is never overlooked."""
    callback = provider.approve(consumer.start(name), **changed)
    assert UNKNOWN_ATTEMPT == refused(consumer, name, callback)


@PROTOCOLS
def test_a_callback_without_an_answer_is_refused(name: str, consumer: Driven, provider: Provider) -> None:
    """Neither a code or verifier nor an error: there is nothing to go on."""
    assert NO_CODE == refused(consumer, name, provider.approve(consumer.start(name), code=None, oauth_verifier=None))


@pytest.mark.parametrize("more", ["&code=another", "&state=another", "&error=%FF", "&x=%00"])
def test_a_callback_that_is_malformed_is_refused(more: str, consumer: Driven, provider: Provider) -> None:
    """RFC 6749 §3.1: a parameter comes once; and it is UTF-8."""
    assert MALFORMED == refused(consumer, "openid", provider.approve(consumer.start("openid")) + more)


def test_a_callback_whose_url_cannot_be_read_is_refused(consumer: Driven) -> None:
    """A Host header may hold anything."""
    assert str(refused(consumer, "openid", "http://[broken/callback/openid?state=x")) in (MALFORMED, UNKNOWN_ATTEMPT)


# RFC 9207 ---------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("iss", ["https://attacker.example", "", None])
def test_an_answer_of_another_issuer_is_refused(iss: str | None, consumer: Driven, provider: Provider) -> None:
    """Trap 7: the provider says that it sends iss, so a foreign or missing one is refused (RFC 9207 §2.4)."""
    assert OTHER_ISSUER == refused(consumer, "openid", provider.approve(consumer.start("openid"), iss=iss))


def test_a_foreign_issuer_is_refused_even_where_none_was_promised(consumer: Driven, provider: Provider) -> None:
    """Trap 7: who does not send iss may leave it out, but a wrong one is wrong; that goes for errors too."""
    provider.wrong.metadata = {"authorization_response_iss_parameter_supported": None}
    callback = provider.approve(consumer.start("openid"), iss="https://attacker.example", error="access_denied")
    assert OTHER_ISSUER == refused(consumer, "openid", callback)
    assert "subject of alice" == consumer.finish("openid", provider.approve(consumer.start("openid"), iss=None)).subject


def test_without_an_issuer_there_is_nothing_to_compare(make_consumer: MakeConsumer, provider: Provider, configured: dict[str, Any]) -> None:
    """A provider that is configured by its endpoints has no issuer."""
    endpoints = {
        f"{name}_endpoint": f"{provider.url}/{path}"
        for name, path in (("authorization", "authorize"), ("token", "token"), ("userinfo", "userinfo"))
    }
    consumer = make_consumer(plain=replace(configured["oauth2"], name="plain", issuer=None, endpoints=endpoints))
    assert "subject of alice" == consumer.finish("plain", provider.approve(consumer.start("plain"))).subject
    assert not [path for path in provider.paths() if path.startswith("/.well-known")]


# Errors of the provider ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        ("access_denied", DENIED),
        ("server_error", UNAVAILABLE),
        ("unauthorized_client", NOT_SET_UP),
        ("login_required", SIGN_IN_NEEDED),
        ("<script>alert(1)</script>", REFUSED),
        ("", REFUSED),
    ],
)
@pytest.mark.parametrize("name", ["openid", "oauth2"])
def test_an_error_becomes_a_sentence_of_our_own(name: str, error: str, sentence: str, consumer: Driven, provider: Provider) -> None:
    """Mistake 3: what stands in ?error= is never part of what a page shows (RFC 6749 §4.1.2.1)."""
    callback = provider.approve(consumer.start(name), error=error, error_description="<script>", code=None)
    assert sentence == refused(consumer, name, callback)


@pytest.mark.parametrize("changed", [{"oauth_problem": "user_refused"}, {"oauth_problem": "permission_denied", "oauth_verifier": None}])
def test_an_oauth1_refusal_becomes_a_sentence(changed: dict[str, Any], consumer: Driven, provider: Provider) -> None:
    """OAuth 1.0a has no error codes; what providers send is understood."""
    assert DENIED == refused(consumer, "oauth1", provider.approve(consumer.start("oauth1"), **changed))


def test_an_oauth1_refusal_may_name_the_token_denied(consumer: Driven, provider: Provider) -> None:
    """X answers with the token in `denied`; the attempt is used up."""
    url = consumer.start("oauth1")
    denied = provider.approve(url, oauth_token=None, oauth_verifier=None, denied=parse_qs(urlsplit(url).query)["oauth_token"][0])
    assert DENIED == refused(consumer, "oauth1", denied)
    assert UNKNOWN_ATTEMPT == refused(consumer, "oauth1", denied)


def test_the_log_tells_the_operator_on_one_line(consumer: Driven, provider: Provider, caplog: pytest.LogCaptureFixture) -> None:
    """A forged callback cannot write lines of its own into the log."""
    with caplog.at_level(logging.WARNING, "shared_validator.consumer"):
        refused(consumer, "openid", provider.approve(consumer.start("openid"), error="x\nroot logged in" + "y" * 500))
    (line,) = (record.getMessage() for record in caplog.records)
    assert line.startswith('login_failed provider="openid" reason="error \'x\\\\nroot logged in' + "y" * 82 + '"')
    assert 1 == len(line.splitlines())


def test_a_login_from_its_begin_to_its_end_is_in_the_log(consumer: Driven, provider: Provider, clock: Clock, happened: list[Event]) -> None:
    """Each step is an event with the provider and the user."""
    login = consumer.finish("openid", provider.approve(consumer.start("openid")))
    clock.offset = 3600
    consumer.request(login.login_id, "GET", "/who")
    consumer.log_out(login.login_id)

    assert ["login_succeeded", "token_refreshed", "logged_out"] == [event.name for event in happened]
    assert {"openid"} == {event.fields["provider"] for event in happened}
    assert login.subject == happened[0].fields["user"] == happened[2].fields["user"]


def test_a_consumer_writes_its_log_in_the_format_of_its_settings(
    configured: dict[str, ProviderConfiguration], store: SQLStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """CONSUMER_LOG_FORMAT reaches the log."""
    formats: list[str] = []
    monkeypatch.setattr(events, "use_format", formats.append)
    Consumer(ConsumerSettings(url=URL, secret_keys=(b"k" * 32,), providers=configured, log_format="json"), store)
    assert ["json"] == formats


def test_no_line_of_the_log_has_a_secret(consumer: Driven, provider: Provider, clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    """A reader of the log can neither sign in nor use a token (RFC 9700 §4.2.4, RFC 6750 §5.2)."""
    caplog.set_level(logging.DEBUG, "shared_validator")
    callback = provider.approve(consumer.start("openid"))
    provider.wrong.answers["/userinfo"] = as_json({"error": "server_error"}, 500)
    login = consumer.finish("openid", callback)
    refused(consumer, "openid", callback)
    refused(consumer, "openid", provider.approve(consumer.start("openid")), browser="another")
    refused(consumer, "openid", provider.approve(consumer.start("openid"), error="access_denied"))
    clock.offset = 3600
    consumer.request(login.login_id, "GET", "/who")
    provider.wrong.answers["/token"] = as_json({"error": "invalid_client"}, 401)
    clock.offset = 7200
    with pytest.raises(ConsumerError):
        consumer.request(login.login_id, "GET", "/who")
    provider.wrong.answers["/revoke"] = (503, {}, b"")
    consumer.log_out(login.login_id)

    logged = "\n".join(record.getMessage() for record in caplog.records)
    secrets = [login.login_id, *provider.access_tokens, *provider.refresh_tokens, *provider.used_refresh_tokens, CLIENT_SECRET]
    secrets += [value for seen in provider.seen for name, value in seen.form.items() if name in ("code", "code_verifier", "refresh_token")]
    secrets += [seen.headers["authorization"].split()[1] for seen in provider.seen if "authorization" in seen.headers]
    secrets += parse_qs(urlsplit(callback).query)["state"]
    assert {name for name, (area, *_) in events.EVENTS.items() if area == "consumer"} == {record.event for record in caplog.records}
    assert [] == [secret for secret in secrets if secret in logged]


def test_an_unknown_provider_is_refused(consumer: Driven) -> None:
    """The name stands in the path of a URL, so anybody may write it."""
    with pytest.raises(ConsumerError, match=UNKNOWN_PROVIDER):
        consumer.start("nobody")
    assert UNKNOWN_PROVIDER == refused(consumer, "nobody", f"{URL}/callback/nobody?state=x")
    assert {"openid", "other", "oauth2", "oauth1", "other1"} == set(consumer.consumer.providers)


# At rest ------------------------------------------------------------------------------------------------------------------------------


@PROTOCOLS
def test_nothing_secret_rests_in_clear_text(
    name: str, consumer: Driven, provider: Provider, store: SQLStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mistake 7: tokens, verifiers and who signed in are sealed before the store sees them."""
    kept: list[bytes] = []
    save = store.save_sealed

    def spy(key: bytes, sealed: bytes, expires_at: int) -> None:
        kept.append(key + sealed)
        save(key, sealed, expires_at)

    monkeypatch.setattr(store, "save_sealed", spy)
    login = consumer.finish(name, provider.approve(consumer.start(name)))
    tokens = [*provider.access_tokens, *provider.refresh_tokens, *provider.oauth1_secrets]
    assert 2 == len(kept)
    for secret in [*tokens, login.login_id, "Alice", "subject"]:
        assert not any(secret.encode() in record for record in kept)


def test_no_secret_is_shown_by_repr(sign_in: Callable[..., Login], consumer: Driven) -> None:
    """A log or an error page that prints these objects gives nothing away."""
    login = sign_in("openid")
    assert login.login_id not in repr(login)
    assert "secret" not in repr(consumer.consumer.providers["openid"]).replace("client_secret_", "").replace("oauth1", "")


def test_a_retired_key_signs_everybody_out(
    sign_in: Callable[..., Login], store: SQLStore, configured: dict[str, ProviderConfiguration]
) -> None:
    """What does not open any more is as if it were not there."""
    from shared_validator.consumer import Consumer, ConsumerSettings

    login = sign_in("openid")
    later = Consumer(ConsumerSettings(url=URL, secret_keys=(b"n" * 32,), providers=configured), store)
    assert later.login(login.login_id) is None
    rotated = Consumer(ConsumerSettings(url=URL, secret_keys=(b"n" * 32, b"k" * 32), providers=configured), store)
    assert login == rotated.login(login.login_id)


def test_a_login_ends_after_thirty_days(sign_in: Callable[..., Login], consumer: Driven, clock: Clock) -> None:
    """However often it was used."""
    login = sign_in("openid")
    clock.offset = 30 * 86400 - 10
    assert login == consumer.login(login.login_id)
    clock.offset = 30 * 86400 + 1
    assert consumer.login(login.login_id) is None


def test_a_provider_that_was_taken_away_takes_its_logins_along(
    sign_in: Callable[..., Login], store: SQLStore, configured: dict[str, Any]
) -> None:
    """An operator may remove a table from the providers file."""
    from shared_validator.consumer import Consumer, ConsumerSettings

    login = sign_in("openid")
    later = Consumer(ConsumerSettings(url=URL, secret_keys=(b"k" * 32,), providers={"oauth1": configured["oauth1"]}), store)
    assert later.login(login.login_id) is None
    with pytest.raises(ConsumerError, match=SIGNED_OUT):
        later.session(login.login_id)
    assert later.log_out(login.login_id) is None
