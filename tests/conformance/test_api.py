"""The protected API: bearer tokens (RFC 6750), signatures (RFC 5849 §3), challenges (RFC 9728)."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from tests.conformance.conftest import RESOURCES
from tests.conformance.facts import is_json, is_refused
from tests.driving.browser import Browser, send
from tests.driving.provider import OAuth1Token, Provider
from tests.driving.seed import HMAC_CONSUMER, OTHER_CONSUMER, RSA_CONSUMER, SERVICE, WEB, Consumer

ROUTES = [("GET", "/api/me"), ("GET", "/api/notes"), ("POST", "/api/notes")]


@pytest.fixture(scope="session")
def token(provider: Provider, alice: Browser) -> str:
    """A bearer token of Alice's with every scope."""
    access_token: str = provider.tokens(alice, WEB)["access_token"]
    return access_token


@pytest.fixture(scope="session")
def oauth1_token(provider: Provider, alice: Browser) -> OAuth1Token:
    """OAuth 1.0a token credentials of Alice's."""
    return provider.oauth1_token(alice, HMAC_CONSUMER)


def challenge(answer: httpx2.Response, scheme: str) -> str:
    """Return the challenge of a scheme."""
    return next(value for value in answer.headers.get_list("www-authenticate") if value.startswith(f"{scheme} "))


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_rfc9728_5_1_without_credentials_the_challenge_names_the_metadata(provider: Provider, method: str, path: str) -> None:
    """401 with a challenge for each kind of credentials, without an error code (RFC 6750 §3.1); cookies open nothing."""
    for headers in ({}, {"Authorization": ""}, {"Authorization": "Basic d2ViOng="}, {"Cookie": "provider_session=x"}):
        answer = send(method, f"{provider.url}{path}", headers=headers)
        is_json(answer, 401)
        metadata = f'resource_metadata="{provider.issuer}/.well-known/oauth-protected-resource"'
        assert metadata in challenge(answer, "Bearer")
        assert "error=" not in challenge(answer, "Bearer")
        assert challenge(answer, "OAuth").startswith("OAuth realm=")


@pytest.mark.parametrize(("method", "path"), ROUTES)
@pytest.mark.parametrize("token", ["unknown", "x" * 5000, "a.b.c", "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.", "-._~+/==", "a b"])
def test_rfc6750_3_1_an_unknown_token_is_invalid_token(provider: Provider, method: str, path: str, token: str) -> None:
    """A token that this server did not give out is 401 ``invalid_token``."""
    answer = provider.api(token, path, method)
    is_refused(answer, "invalid_token", 401)
    assert 'error="invalid_token"' in challenge(answer, "Bearer")


@pytest.mark.parametrize("place", ["query", "form"])
def test_rfc9700_4_3_2_a_token_belongs_in_the_header(provider: Provider, token: str, place: str) -> None:
    """A token in the URL or in the form is not taken."""
    if place == "query":
        answer = send("GET", f"{provider.url}/api/me?access_token={token}")
    else:
        answer = send("POST", f"{provider.url}/api/notes", data={"access_token": token, "text": "x"})
    assert 401 == answer.status_code


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_rfc9110_11_1_the_scheme_is_compared_without_case(provider: Provider, token: str, scheme: str) -> None:
    """``bearer`` is ``Bearer``."""
    assert 200 == send("GET", f"{provider.url}/api/me", headers={"Authorization": f"{scheme} {token}"}).status_code


@pytest.mark.parametrize(
    ("route", "scope", "needed"),
    [
        (("GET", "/api/me"), "openid email notes:read notes:write", "profile"),
        (("GET", "/api/notes"), "openid profile notes:write", "notes:read"),
        (("POST", "/api/notes"), "openid profile notes:read", "notes:write"),
    ],
)
def test_rfc6750_3_1_too_little_scope_is_403_and_named(
    provider: Provider, alice: Browser, route: tuple[str, str], scope: str, needed: str
) -> None:
    """``insufficient_scope`` says which scope is needed."""
    answer = provider.api(provider.tokens(alice, WEB, scope=scope)["access_token"], route[1], route[0])
    is_refused(answer, "insufficient_scope", 403)
    assert f'scope="{needed}"' in challenge(answer, "Bearer")


def test_rfc6750_3_1_a_client_without_a_user_cannot_ask_about_one(provider: Provider) -> None:
    """``/api/me`` is 403 for a client that acts for itself."""
    is_refused(provider.api(provider.client_token(SERVICE)["access_token"]), "insufficient_scope", 403)


def test_rfc8707_3_a_token_for_another_resource_is_not_for_this_one(provider: Provider, alice: Browser) -> None:
    """A token whose audience is elsewhere is 401, on each route."""
    elsewhere = provider.tokens(alice, WEB, resource=RESOURCES[0])["access_token"]
    for method, path in ROUTES:
        is_refused(provider.api(elsewhere, path, method), "invalid_token", 401)
    here = provider.tokens(alice, WEB, resource=provider.issuer)["access_token"]
    assert 200 == provider.api(here).status_code


def test_rfc6750_2_two_kinds_of_credentials_are_too_many(provider: Provider, token: str, oauth1_token: OAuth1Token) -> None:
    """A bearer token beside a signature is ``invalid_request``."""
    url, _, _ = provider.sign(HMAC_CONSUMER, "/api/me", oauth1_token, method="GET", signature_type="QUERY")
    is_refused(send("GET", url, headers={"Authorization": f"Bearer {token}"}), "invalid_request")
    url, headers, content = provider.sign(HMAC_CONSUMER, "/api/notes", oauth1_token, body={"text": "x"}, signature_type="BODY")
    is_refused(send("POST", url, headers={**headers, "Authorization": f"Bearer {token}"}, content=content), "invalid_request")


def test_openid_core_5_3_2_me_says_who_the_user_is(provider: Provider, alice: Browser) -> None:
    """``sub``, ``name`` and ``preferred_username``; ``email`` with its scope only."""
    answer = provider.api(provider.tokens(alice, WEB, scope="profile")["access_token"])
    is_json(answer)
    assert {"sub", "name", "preferred_username"} == set(answer.json())
    both = provider.api(provider.tokens(alice, WEB, scope="profile email")["access_token"]).json()
    assert ("alice@people.example", "alice") == (both["email"], both["preferred_username"])


# Notes -------------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body", [{"json": {"text": "Grüße, 世界 💥 <b>\"'&"}}, {"data": {"text": "Grüße, 世界 💥 <b>\"'&"}}], ids=["json", "form"]
)
def test_a_note_is_kept_as_it_was_written(provider: Provider, token: str, body: dict[str, Any]) -> None:
    """201 with the note; the list has it last, with the same characters."""
    answer = provider.api(token, "/api/notes", "POST", **body)
    is_json(answer, 201)
    note = answer.json()
    assert ({"id", "text", "created_at"}, "Grüße, 世界 💥 <b>\"'&") == (set(note), note["text"])
    listed = provider.api(token, "/api/notes")
    is_json(listed)
    assert note == listed.json()["notes"][-1]


def test_notes_are_their_owners(provider: Provider, alice: Browser, bob: Browser, token: str) -> None:
    """Bob does not see Alice's notes, a client that acts for itself has its own, and another client of Alice's sees hers."""
    provider.api(token, "/api/notes", "POST", json={"text": "Alice's own"})
    bobs = provider.tokens(bob, WEB)["access_token"]
    service = provider.client_token(SERVICE)["access_token"]
    for other, text in ((bobs, "Bob's own"), (service, "the service's own")):
        assert 201 == provider.api(other, "/api/notes", "POST", json={"text": text}).status_code
        texts = [note["text"] for note in provider.api(other, "/api/notes").json()["notes"]]
        assert (True, False) == (text in texts, "Alice's own" in texts)
    assert "Alice's own" in [note["text"] for note in provider.api(token, "/api/notes").json()["notes"]]


@pytest.mark.parametrize(
    "body",
    [
        {"json": {}},
        {"json": {"text": ""}},
        {"json": {"text": None}},
        {"json": {"text": 5}},
        {"json": {"text": ["x"]}},
        {"json": {"text": {"x": "y"}}},
        {"json": {"text": "x" * 4001}},
        {"json": {"text": "a\x00b"}},
        {"json": ["text"]},
        {"json": "text"},
        {"data": {}},
        {"data": {"text": ""}},
        {"data": {"text": "x" * 4001}},
        {"data": {"text": "a\x00b"}},
        {"data": [("text", "a"), ("text", "b")]},
        {"content": b'{"text": "\\ud800"}', "headers": {"Content-Type": "application/json"}},
        {"content": b'{"text": "x"', "headers": {"Content-Type": "application/json"}},
        {"content": b'{"text": "\xff"}', "headers": {"Content-Type": "application/json"}},
        {"content": b"[" * 100_000, "headers": {"Content-Type": "application/json"}},
        {"content": b"text=%ff", "headers": {"Content-Type": "application/x-www-form-urlencoded"}},
        {"content": b"text=\xff", "headers": {"Content-Type": "application/x-www-form-urlencoded"}},
        {"content": b"text", "headers": {"Content-Type": "text/plain"}},
        {"content": b'{"text": "x"}', "headers": {}},
        {"content": b"", "headers": {"Content-Type": "multipart/form-data; boundary=x"}},
    ],
    ids=lambda body: str(body)[:40],
)
def test_a_note_that_is_none_is_invalid_request(provider: Provider, token: str, body: dict[str, Any]) -> None:
    """Whatever is not a text of 1 to 4000 characters is 400 ``invalid_request``, and nothing is stored."""
    before = provider.api(token, "/api/notes").json()["notes"]
    headers = {"Authorization": f"Bearer {token}", **body.get("headers", {})}
    given = {name: value for name, value in body.items() if name != "headers"}
    is_refused(send("POST", f"{provider.url}/api/notes", headers=headers, **given), "invalid_request")
    assert before == provider.api(token, "/api/notes").json()["notes"]


def test_a_note_may_be_as_long_as_it_may(provider: Provider, token: str) -> None:
    """4000 characters are a note, counted as characters and not as bytes."""
    assert 201 == provider.api(token, "/api/notes", "POST", json={"text": "ä" * 4000}).status_code


# Signatures --------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["AUTH_HEADER", "QUERY"])
def test_rfc5849_3_a_signature_opens_each_route(provider: Provider, oauth1_token: OAuth1Token, place: str) -> None:
    """Signed in the header or the query, the API answers; a form is signed along."""
    assert (
        "alice" == provider.signed(HMAC_CONSUMER, "/api/me", oauth1_token, method="GET", signature_type=place).json()["preferred_username"]
    )
    answer = provider.signed(HMAC_CONSUMER, "/api/notes", oauth1_token, body={"text": "signed & sealed ä"}, signature_type=place)
    assert (201, "signed & sealed ä") == (answer.status_code, answer.json()["text"])
    listed = provider.signed(HMAC_CONSUMER, "/api/notes", oauth1_token, method="GET", signature_type=place).json()["notes"]
    assert "signed & sealed ä" == listed[-1]["text"]


def test_rfc5849_3_the_whole_flow_in_the_body(provider: Provider, oauth1_token: OAuth1Token) -> None:
    """Signed in the form body, a note is written."""
    answer = provider.signed(HMAC_CONSUMER, "/api/notes", oauth1_token, body={"text": "in the body"}, signature_type="BODY")
    assert 201 == answer.status_code, answer.text


@pytest.mark.parametrize("method", ["RSA-SHA1", "RSA-SHA256", "RSA-SHA512"])
def test_rfc5849_3_4_3_rsa_signatures_open_the_api(provider: Provider, bob: Browser, method: str) -> None:
    """The token of a consumer with an RSA key is used with that key."""
    token = provider.oauth1_token(bob, RSA_CONSUMER, signature_method=method)
    answer = provider.signed(RSA_CONSUMER, "/api/me", token, method="GET", signature_method=method)
    assert "bob" == answer.json()["preferred_username"]


def test_rfc5849_3_2_a_signature_that_does_not_hold_is_401(provider: Provider, oauth1_token: OAuth1Token) -> None:
    """A wrong secret, another consumer, no token, a changed form, a replay: 401 with the challenge."""
    wrong = Consumer(HMAC_CONSUMER.consumer_key, "wrong")
    url, headers, content = provider.sign(HMAC_CONSUMER, "/api/notes", oauth1_token, body={"text": "signed"})
    answers = [
        provider.signed(wrong, "/api/me", oauth1_token, method="GET"),
        provider.signed(HMAC_CONSUMER, "/api/me", OAuth1Token(oauth1_token.key, "wrong"), method="GET"),
        provider.signed(HMAC_CONSUMER, "/api/me", OAuth1Token("unknown", oauth1_token.secret), method="GET"),
        provider.signed(OTHER_CONSUMER, "/api/me", oauth1_token, method="GET"),
        send("POST", url, headers=headers, content=b"text=forged"),
        send("POST", f"{url}?text=forged", headers=headers, content=content),
        send("GET", url, headers={"Authorization": headers["Authorization"]}),
    ]
    assert [401] * 7 == [answer.status_code for answer in answers]
    assert all(answer.headers["www-authenticate"].startswith("OAuth realm=") for answer in answers)
    assert 201 == send("POST", url, headers=headers, content=content).status_code
    assert 401 == send("POST", url, headers=headers, content=content).status_code


def test_rfc5849_3_2_a_signature_needs_a_token(provider: Provider) -> None:
    """A request signed by a consumer without token credentials is refused: two-legged OAuth is not on offer."""
    assert provider.signed(HMAC_CONSUMER, "/api/me", method="GET").status_code in (400, 401)


def test_rfc5849_3_4_1_3_1_only_forms_are_signed(provider: Provider, oauth1_token: OAuth1Token) -> None:
    """Trap 10: a JSON body is not part of a signature, so a server that took one would take a forged one; a signed digest decides."""
    url, headers, _ = provider.sign(HMAC_CONSUMER, "/api/notes", oauth1_token)
    answer = send("POST", url, headers={**headers, "Content-Type": "application/json"}, content=b'{"text": "unsigned"}')
    assert answer.status_code in (201, 400, 401)
    forged = 'oauth_body_hash="MzMzMzMzMzMzMzMzMzMzMzMzMzM%3D"'
    again = provider.sign(HMAC_CONSUMER, "/api/notes", oauth1_token)[1]["Authorization"]
    answer = send(
        "POST", url, headers={"Authorization": f"{again}, {forged}", "Content-Type": "application/json"}, content=b'{"text": "x"}'
    )
    assert answer.status_code in (400, 401)
