"""The three steps: temporary credentials, a person's agreement, token credentials (RFC 5849 §2)."""

from __future__ import annotations

import base64
import hmac
import re
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import pytest

from shared_validator.flows import Question
from shared_validator.http import FORM, Request, Response
from shared_validator.store import User
from shared_validator.validators.oauth1 import TOKEN_SECRET
from shared_validator.vault import digest
from tests.unit.oauth1.server import CALLBACK, ISSUER, OTHER_CALLBACKS, SCOPES, Server, authorize_url, fields, refusal, signed
from tests.unit.oauth2.server import Person, response_of

METHODS = [(key, f"{kind}-{name}") for key, kind in (("shared", "HMAC"), ("rsa", "RSA")) for name in ("SHA1", "SHA256", "SHA512")]
UNAUTHENTICATED = "the consumer key, the token or the signature is not valid"


@pytest.mark.parametrize(("consumer_key", "method"), METHODS)
@pytest.mark.parametrize("place", ["AUTH_HEADER", "BODY", "QUERY"])
def test_whole_flow(server: Server, consumer_key: str, method: str, place: str) -> None:
    """Every method in every place goes from request_token to a signed call of the API (RFC 5849 §2, §3.4, §3.5)."""
    # oauthlib's own client decodes an encoded callback twice outside of the header, so this one has nothing to decode.
    callback = "oob" if place != "AUTH_HEADER" else CALLBACK
    attempt = server.begin(consumer_key=consumer_key, signature_method=method, signature_type=place, callback_uri=callback)
    answer = server.answer(attempt)
    attempt.verifier = (
        dict(parse_qsl((answer.header("Location") or "").partition("?")[2]))["oauth_verifier"]
        if callback == CALLBACK
        else re.findall("[BCDFGHJKLMNPQRSTVWXZ]{10}", answer.body.decode())[0]
    )
    tokens = fields(server.access_token(attempt))
    client = server.client(**attempt.client, resource_owner_key=tokens["oauth_token"], resource_owner_secret=tokens["oauth_token_secret"])
    credentials = server.check(signed(client, "/api/notes?a=b", "POST", "c=d", {"Content-Type": FORM}))
    assert not isinstance(credentials, tuple), credentials
    assert (consumer_key, server.user.user_id, tuple(SCOPES)) == (credentials.consumer_key, credentials.user_id, credentials.scope)


def test_temporary_credentials_answer(server: Server) -> None:
    """The answer holds token, secret and the confirmation of the callback, form-encoded, and is not stored (RFC 5849 §2.1)."""
    response = server.request_token()
    assert {"oauth_token", "oauth_token_secret", "oauth_callback_confirmed"} == set(fields(response))
    assert "true" == fields(response)["oauth_callback_confirmed"]
    assert (FORM, "no-store") == (response.header("Content-Type"), response.header("Cache-Control"))


def test_token_credentials_answer(server: Server) -> None:
    """Trap 16: the answer holds token and secret and nothing else, above all no oauth_authorized_realms (RFC 5849 §2.3)."""
    response = server.access_token(server.agreed())
    assert ["oauth_token", "oauth_token_secret"] == list(fields(response))
    assert (FORM, "no-store") == (response.header("Content-Type"), response.header("Cache-Control"))


def test_secrets_at_rest(server: Server) -> None:
    """Trap 12, Mistake 7: a token is stored as its digest, its secret encrypted, so that signatures can still be computed."""
    tokens = fields(server.access_token(server.agreed()))
    kept = server.store.token_credentials(digest(tokens["oauth_token"]))
    assert kept is not None
    assert tokens["oauth_token_secret"].encode() not in kept.sealed_secret
    assert tokens["oauth_token_secret"].encode() == server.context.vault.open(TOKEN_SECRET, kept.token_hash, kept.sealed_secret)


# Step 1 -------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "callback",
    [
        "https://evil.example/",
        CALLBACK + "x",
        CALLBACK.replace("%2f", "%2F"),
        CALLBACK.replace("%2f", "/"),
        CALLBACK.upper(),
        "https://printer.example:8443/ready",
        "OOB",
        "javascript:alert(1)",
    ],
)
def test_callback_not_registered(server: Server, callback: str) -> None:
    """A callback is one that the consumer registered, compared byte for byte (RFC 5849 §2.1, §4.7)."""
    assert "oauth_callback is not registered for this consumer" == refusal(server.request_token(callback_uri=callback), 400)


def test_callback_is_required(server: Server) -> None:
    """Trap 9: without oauth_callback there are no temporary credentials: that was OAuth 1.0, open to session fixation (RFC 5849 §2.1)."""
    assert "callback" in refusal(server.request_token(callback_uri=None), 400)


@pytest.mark.parametrize("place", ["BODY", "QUERY"])
def test_callback_is_decoded_once(server: Server, place: str) -> None:
    """Trap 13: an encoded character in a callback stays encoded, in the body and in the query too (RFC 5849 §3.4.1.3.1)."""
    request = by_the_rfc(server, "/oauth1/request_token", place, [("oauth_callback", CALLBACK)])
    token = fields(server.handlers["request_token"](request))["oauth_token"]
    pending = server.store.temporary_credentials(digest(token))
    assert pending is not None
    assert CALLBACK == pending.callback


def by_the_rfc(server: Server, path: str, place: str, more: list[tuple[str, str]]) -> Request:
    """Sign by RFC 5849 alone: oauthlib's client has Trap 13 too."""
    client = server.client()
    parameters = [
        ("oauth_consumer_key", client["client_key"]),
        ("oauth_nonce", client["nonce"]),
        ("oauth_timestamp", client["timestamp"]),
        ("oauth_signature_method", "HMAC-SHA1"),
        *more,
    ]
    encoded = sorted((quote(name, safe=""), quote(value, safe="")) for name, value in parameters)
    normalized = "&".join(f"{name}={value}" for name, value in encoded)
    text = "&".join(quote(part, safe="") for part in ("POST", ISSUER + path, normalized))
    key = quote(client["client_secret"], safe="") + "&"
    signature = base64.b64encode(hmac.digest(key.encode(), text.encode(), "sha1")).decode()
    sent = urlencode([*parameters, ("oauth_signature", signature)])
    if place == "BODY":
        return Request("POST", ISSUER + path, {"content-type": FORM}, sent.encode())
    return Request("POST", f"{ISSUER}{path}?{sent}", {})


def test_leftover_token_is_no_help(server: Server) -> None:
    """Temporary credentials are asked for with the consumer's secret alone: a token's secret signs nothing there (RFC 5849 §2.1)."""
    assert UNAUTHENTICATED == refusal(server.request_token(resource_owner_key="t", resource_owner_secret="s"), 401)
    assert fields(server.request_token(resource_owner_key="t"))


# Step 2 -------------------------------------------------------------------------------------------------------------------------


def test_question(server: Server) -> None:
    """The question names the consumer, where the answer goes, and everything the consumer will be able to do (RFC 5849 §2.2)."""
    assert (
        Question(client_name="Printer", redirect_host="printer.example", scopes=tuple(SCOPES.items()), user=server.user)
    ) == server.question(server.begin())


@pytest.mark.parametrize(("callback", "host"), [("oob", None), ("com.example.app:/ready", "com.example.app")])
def test_question_without_host(server: Server, callback: str, host: str | None) -> None:
    """Where there is no host, the question shows the app's scheme, or for oob nothing."""
    question = server.question(server.begin(callback_uri=callback))
    assert isinstance(question, Question)
    assert host == question.redirect_host


@pytest.mark.parametrize("person", [Person(None), Person("deleted")])
def test_sign_in_first(server: Server, person: Person) -> None:
    """Nobody signed in: the sign-in page comes first, and comes back to this request."""
    attempt = server.begin()
    for response in (server.question(attempt, person), server.answer(attempt, "allow", person)):
        assert isinstance(response, Response)
        assert response.status in (302, 303)
        path, _, query = (response.header("Location") or "").partition("?")
        assert ("/login", {"next": authorize_url(attempt.token).removeprefix(ISSUER)}) == (path, dict(parse_qsl(query)))
    assert isinstance(server.question(attempt), Question)


def test_allow_redirects(server: Server) -> None:
    """The callback is called with token and verifier; its own bytes stay as they were registered (RFC 5849 §2.2)."""
    attempt = server.begin()
    response = server.answer(attempt)
    location = response.header("Location") or ""
    assert 303 == response.status
    assert location.startswith(CALLBACK + "&")
    assert ["oauth_token", "oauth_verifier"] == [name for name, _ in parse_qsl(location[len(CALLBACK) :])]
    assert attempt.token == dict(parse_qsl(location))["oauth_token"]


@pytest.mark.parametrize("callback", OTHER_CALLBACKS)
def test_answer_is_readable(server: Server, callback: str) -> None:
    """Token and verifier can be read out of the query, whether the callback had none, an empty one or a scheme of its own."""
    attempt = server.begin(callback_uri=callback)
    location = server.answer(attempt).header("Location") or ""
    assert location.startswith(callback)
    assert attempt.token == dict(parse_qsl(urlsplit(location).query))["oauth_token"]


def test_allow_out_of_band(server: Server) -> None:
    """For oob a page shows a verifier that a person can type (RFC 5849 §2.2)."""
    response = server.answer(server.begin(callback_uri="oob"))
    assert (200, None) == (response.status, response.header("Location"))
    assert re.search("[BCDFGHJKLMNPQRSTVWXZ]{10}", response.body.decode())


def test_deny_redirects(server: Server) -> None:
    """Mistake 5: after "no" the callback learns so, and the temporary credentials are worth nothing."""
    attempt = server.begin()
    response = server.answer(attempt, "deny")
    assert f"{CALLBACK}&oauth_token={attempt.token}&oauth_problem=permission_denied" == response.header("Location")
    attempt.verifier = "x"
    assert UNAUTHENTICATED == refusal(server.access_token(attempt), 401)


def test_deny_out_of_band(server: Server) -> None:
    """After "no" without a callback a page says so, and the temporary credentials are worth nothing."""
    attempt = server.begin(callback_uri="oob")
    response = server.answer(attempt, "deny")
    assert (200, None) == (response.status, response.header("Location"))
    attempt.verifier = "x"
    assert UNAUTHENTICATED == refusal(server.access_token(attempt), 401)


@pytest.mark.parametrize(
    "query", ["", "?oauth_token=", "?oauth_token=unknown", "?oauth_token=%ff", "?oauth_token=%00", "?oauth_token=[2]&oauth_token=[2]"]
)
def test_token_is_refused(server: Server, query: str) -> None:
    """A token that is missing, unknown, malformed or repeated gets a page, never a redirect (RFC 5849 §2.2)."""
    url = f"{ISSUER}/oauth1/authorize{query.replace('[2]', server.begin().token)}"
    body = b"decision=allow"
    for response in (
        response_of(lambda: server.flow.ask(Request("GET", url, {}), server.alice)),
        response_of(lambda: server.flow.ask(Request("POST", url, {"content-type": FORM}, body), server.alice)),
    ):
        assert (400, None) == (response.status, response.header("Location"))


def _answered(server: Server) -> Any:
    return server.agreed()


def _expired(server: Server) -> Any:
    attempt = server.begin()
    server.clock.time += 600
    return attempt


def _refused(server: Server) -> Any:
    attempt = server.begin()
    server.answer(attempt, "deny")
    return attempt


def _used(server: Server) -> Any:
    attempt = server.agreed()
    server.access_token(attempt)
    return attempt


@pytest.mark.parametrize(
    ("begin", "decisions"), [(_answered, ["deny"]), (_expired, ["allow", "deny"]), (_refused, ["allow"]), (_used, ["allow", "deny"])]
)
def test_question_is_over(server: Server, begin: Any, decisions: list[str]) -> None:
    """Temporary credentials are answered once, within ten minutes (RFC 5849 §2.2, §4.6)."""
    attempt = begin(server)
    for response in (server.question(attempt), *(server.answer(attempt, decision) for decision in decisions)):
        assert isinstance(response, Response)
        assert (400, None) == (response.status, response.header("Location"))


@pytest.mark.fault(18)
@pytest.mark.parametrize("callback", [CALLBACK, "oob"])
@pytest.mark.parametrize("decision", ["allow", "deny"])
def test_a_decision_sent_twice_ends_as_it_ended(server: Server, callback: str, decision: str) -> None:
    """The user sees what they saw: a double click loses no sign-in (RFC 5849 §2.2)."""
    attempt = server.begin(callback_uri=callback)

    once, twice = server.answer(attempt, decision), server.answer(attempt, decision)

    assert once == twice
    assert (303 if callback == CALLBACK else 200) == once.status


@pytest.mark.fault(18)
def test_a_verifier_sent_twice_works_once(server: Server) -> None:
    """The repeated decision gives nothing more than the first (RFC 5849 §2.3)."""
    attempt = server.agreed()
    server.answer(attempt)

    assert fields(server.access_token(attempt))
    assert UNAUTHENTICATED == refusal(server.access_token(attempt), 401)


@pytest.mark.fault(18)
@pytest.mark.parametrize("decision", ["allow", "deny"])
def test_another_user_repeats_no_decision(server: Server, decision: str) -> None:
    """The answer, with its verifier, is for the user who gave it (RFC 5849 §2.2)."""
    server.store.save_user(User(user_id="u2", username="bob", password_hash="", name="Bob", email=""))
    attempt = server.begin()
    server.answer(attempt, decision)

    for again in ("allow", "deny"):
        assert 400 == server.answer(attempt, again, Person("u2")).status


@pytest.mark.parametrize("body", [b"", b"decision=", b"decision=maybe", b"decision=allow&decision=deny", b"decision=%ff", b"\xff"])
def test_decision_is_refused(server: Server, body: bytes) -> None:
    """A decision that is neither allow nor deny decides nothing."""
    attempt = server.begin()
    request = Request("POST", authorize_url(attempt.token), {"content-type": FORM}, body)
    response = response_of(lambda: server.flow.ask(request, server.alice))
    assert 400 == response.status
    assert isinstance(server.question(attempt), Question)


def test_only_one_person_agrees(server: Server) -> None:
    """Of two people who agree to the same temporary credentials at the same time, one does (RFC 5849 §2.2)."""
    server.store.save_user(User(user_id="u2", username="bob", password_hash="", name="Bob", email=""))
    attempt = server.begin()
    barrier = Barrier(2)

    def agree(person: Person) -> int:
        barrier.wait()
        return server.answer(attempt, "allow", person).status

    with ThreadPoolExecutor(2) as pool:
        assert [303, 400] == sorted(pool.map(agree, [server.alice, Person("u2")]))


def test_agreement_comes_too_late(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Agreement that came too late, since another tab was faster, is a page."""
    attempt = server.begin()
    monkeypatch.setattr(server.store, "answer_temporary_credentials", lambda *_: False)
    assert 400 == server.answer(attempt).status


# Step 3 -------------------------------------------------------------------------------------------------------------------------


def test_verifier_is_required(server: Server) -> None:
    """Trap 9: without oauth_verifier there are no token credentials (RFC 5849 §2.3)."""
    attempt = server.agreed()
    assert "verifier" in refusal(server.access_token(attempt, verifier=None), 400)
    assert fields(server.access_token(attempt))


@pytest.mark.parametrize("verifier", ["wrong", "x" * 255])
def test_wrong_verifier(server: Server, verifier: str) -> None:
    """A wrong verifier is refused and the right one still counts (RFC 5849 §3.2)."""
    attempt = server.agreed()
    assert UNAUTHENTICATED == refusal(server.access_token(attempt, verifier=verifier), 401)
    assert fields(server.access_token(attempt))


def test_malformed_verifier_and_token(server: Server) -> None:
    """Values that no server gave out are malformed (RFC 5849 §3.2)."""
    attempt = server.agreed()
    assert "verifier" in refusal(server.access_token(attempt, verifier="x" * 256), 400)
    assert "oauth_token" in refusal(server.access_token(attempt, resource_owner_key="x" * 256), 400)
    assert "resource owner" in refusal(server.access_token(attempt, resource_owner_key=None), 400)


def test_without_agreement(server: Server) -> None:
    """Temporary credentials that nobody agreed to are worth nothing (RFC 5849 §3.2)."""
    attempt = server.begin()
    attempt.verifier = "guess"
    assert UNAUTHENTICATED == refusal(server.access_token(attempt), 401)


def test_expired_agreement(server: Server) -> None:
    """Temporary credentials end after ten minutes, agreed to or not (RFC 5849 §2.1)."""
    attempt = server.agreed()
    server.clock.time += 600
    assert UNAUTHENTICATED == refusal(server.access_token(attempt), 401)


def test_another_consumer(server: Server) -> None:
    """Temporary credentials work for the consumer that got them (RFC 5849 §3.2)."""
    attempt = server.agreed()
    assert UNAUTHENTICATED == refusal(server.access_token(attempt, consumer_key="rsa", signature_method="RSA-SHA1"), 401)
    assert fields(server.access_token(attempt))


def test_wrong_secret(server: Server) -> None:
    """Without the secret of the temporary credentials there is no exchange (RFC 5849 §3.2)."""
    assert UNAUTHENTICATED == refusal(server.access_token(server.agreed(), resource_owner_secret="wrong"), 401)


def test_temporary_credentials_work_once(server: Server) -> None:
    """The second exchange is refused (RFC 5849 §2.3)."""
    attempt = server.agreed()
    assert fields(server.access_token(attempt))
    assert UNAUTHENTICATED == refusal(server.access_token(attempt), 401)


def test_one_exchange_wins(server: Server) -> None:
    """Of sixteen simultaneous exchanges of the same temporary credentials exactly one gets token credentials (RFC 5849 §2.3)."""
    attempt = server.agreed()
    requests = [server.access_token_request(attempt) for _ in range(16)]
    barrier = Barrier(16)

    def exchange(request: Request) -> int:
        barrier.wait()
        return server.handlers["access_token"](request).status

    with ThreadPoolExecutor(16) as pool:
        assert [200] + [401] * 15 == sorted(pool.map(exchange, requests))


def test_claim_comes_too_late(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever finds the temporary credentials, but not any more when claiming them, is refused and nothing is saved (RFC 5849 §2.3)."""
    attempt = server.agreed()
    monkeypatch.setattr(server.store, "claim_temporary_credentials", lambda *_: None)
    assert UNAUTHENTICATED == refusal(server.access_token(attempt), 401)


def test_revoked_token_credentials(server: Server) -> None:
    """Token credentials hold until the user takes them back (RFC 5849 §1.2)."""
    tokens = fields(server.access_token(server.agreed()))
    owner = {"resource_owner_key": tokens["oauth_token"], "resource_owner_secret": tokens["oauth_token_secret"]}
    assert not isinstance(server.check(signed(server.client(**owner), "/api/me")), tuple)
    server.store.revoke_oauth1_consumer(server.user.user_id, "shared")
    assert (401, UNAUTHENTICATED) == server.check(signed(server.client(**owner), "/api/me"))
