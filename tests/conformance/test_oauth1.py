"""OAuth 1.0a (RFC 5849), with requests signed by oauthlib's client."""

from __future__ import annotations

import time
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx2
import pytest

from tests.conformance.facts import is_not_stored, is_page
from tests.driving.browser import Browser, Page, location, outcome, send
from tests.driving.provider import OAuth1Token, Provider, credentials, heading
from tests.driving.raw import raw
from tests.driving.seed import ALICE, CALLBACK, HMAC_CONSUMER, OTHER_CONSUMER, RSA_CONSUMER, STRANGER_KEY, Consumer

pytestmark = pytest.mark.tier("core")

REQUEST_TOKEN = "/oauth1/request_token"
ACCESS_TOKEN = "/oauth1/access_token"


def is_refused(answer: httpx2.Response, status: int) -> None:
    """A refusal of OAuth 1.0a, with its challenge (RFC 5849 §3.2, §3.5.1)."""
    assert status == answer.status_code, answer.text
    assert answer.headers["www-authenticate"].startswith("OAuth realm=")
    assert "oauth_token_secret" not in answer.text


def form(answer: httpx2.Response) -> dict[str, str]:
    """Return the fields of a form-encoded answer that no cache keeps."""
    assert 200 == answer.status_code, answer.text
    assert "application/x-www-form-urlencoded" == answer.headers["content-type"].partition(";")[0]
    is_not_stored(answer)
    return dict(parse_qsl(answer.text, strict_parsing=True))


# Temporary credentials (§2.1) --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["AUTH_HEADER", "QUERY", "BODY"])
@pytest.mark.parametrize(
    ("consumer", "method"),
    [(HMAC_CONSUMER, f"HMAC-SHA{bits}") for bits in ("1", "256", "512")]
    + [(RSA_CONSUMER, f"RSA-SHA{bits}") for bits in ("1", "256", "512")],
    ids=lambda value: getattr(value, "consumer_key", value),
)
def test_rfc5849_2_1_temporary_credentials(provider: Provider, consumer: Consumer, method: str, place: str) -> None:
    """Each signature method works in the header, the query and the body; the answer confirms the callback."""
    answer = provider.signed(consumer, REQUEST_TOKEN, callback_uri=CALLBACK, signature_method=method, signature_type=place)
    fields = form(answer)
    assert {"oauth_token", "oauth_token_secret", "oauth_callback_confirmed"} == set(fields)
    assert "true" == fields["oauth_callback_confirmed"]


@pytest.mark.parametrize("nonce", ["12345678", "x" * 64, "a-b_c.d~e", "äöüßäöüß", "a b+c%20d&e=f", "1234567890" * 6])
def test_rfc5849_3_3_the_nonces_of_real_clients_pass(provider: Provider, nonce: str) -> None:
    """Trap 9, Trap 16: nonces of 8 to 64 characters, of whatever kind, are accepted."""
    assert provider.temporary_credentials(HMAC_CONSUMER, nonce=nonce).key


@pytest.mark.parametrize("callback", [None, "", "https://evil.example/", f"{CALLBACK}/", f"{CALLBACK}?x=1", "OOB", "javascript:alert(1)"])
def test_rfc5849_2_1_a_callback_is_registered_or_oob(provider: Provider, callback: str | None) -> None:
    """Trap 9: the callback is required (1.0a) and one of those registered, byte for byte."""
    is_refused(provider.signed(HMAC_CONSUMER, REQUEST_TOKEN, callback_uri=callback), 400)


@pytest.mark.parametrize(
    ("consumer", "options"),
    [
        (Consumer("unknown", "secret"), {}),
        (Consumer("x" * 200, "secret"), {}),
        (Consumer(HMAC_CONSUMER.consumer_key, "wrong"), {}),
        (Consumer(HMAC_CONSUMER.consumer_key, ""), {}),
        (Consumer(RSA_CONSUMER.consumer_key, private_key=STRANGER_KEY), {}),
        (Consumer(RSA_CONSUMER.consumer_key, ""), {"signature_method": "HMAC-SHA1"}),
        (Consumer(RSA_CONSUMER.consumer_key, ""), {"signature_method": "HMAC-SHA256"}),
        (Consumer(HMAC_CONSUMER.consumer_key, private_key=STRANGER_KEY), {}),
        (HMAC_CONSUMER, {"timestamp": "1"}),
        (HMAC_CONSUMER, {"timestamp": str(int(time.time()) - 3600)}),
        (HMAC_CONSUMER, {"timestamp": str(int(time.time()) + 3600)}),
    ],
)
def test_rfc5849_3_2_who_does_not_prove_who_they_are_is_401(provider: Provider, consumer: Consumer, options: dict[str, str]) -> None:
    """Unknown consumers, wrong secrets and keys, old timestamps; Trap 15: an RSA consumer cannot be impersonated with an empty secret."""
    is_refused(provider.signed(consumer, REQUEST_TOKEN, callback_uri=CALLBACK, **options), 401)


@pytest.mark.parametrize(
    "options",
    [
        {"signature_method": "PLAINTEXT"},
        {"nonce": "x" * 256},
        {"timestamp": "yesterday"},
        {"timestamp": "-1"},
        {"timestamp": "9" * 400},
        {"timestamp": "١٢٣"},
    ],
)
def test_rfc5849_3_2_what_is_malformed_is_400(provider: Provider, options: dict[str, str]) -> None:
    """PLAINTEXT without TLS, nonces and timestamps that are none: 400."""
    is_refused(provider.signed(HMAC_CONSUMER, REQUEST_TOKEN, callback_uri=CALLBACK, **options), 400)


@pytest.mark.parametrize(
    "name",
    ["oauth_consumer_key", "oauth_signature_method", "oauth_signature", "oauth_timestamp", "oauth_nonce", "oauth_callback"],
)
def test_rfc5849_3_1_each_parameter_is_required_and_given_once(provider: Provider, name: str) -> None:
    """A protocol parameter that is missing or repeated is 400, in the query and in the header."""
    url, _, _ = provider.sign(HMAC_CONSUMER, REQUEST_TOKEN, callback_uri=CALLBACK, signature_type="QUERY")
    base, _, query = url.partition("?")
    pairs = parse_qsl(query)
    is_refused(send("POST", f"{base}?{urlencode([pair for pair in pairs if pair[0] != name])}"), 400)
    is_refused(send("POST", f"{base}?{urlencode([*pairs, (name, dict(pairs)[name])])}"), 400)
    _, headers, _ = provider.sign(HMAC_CONSUMER, REQUEST_TOKEN, callback_uri=CALLBACK)
    twice = f'{headers["Authorization"]}, {name}="x"'
    is_refused(send("POST", f"{provider.url}{REQUEST_TOKEN}", headers={"Authorization": twice}), 400)


def test_rfc5849_3_5_the_parameters_stand_in_one_place(provider: Provider) -> None:
    """Protocol parameters in the header and in the query or body too are 400, and so is none at all, or another version."""
    _, headers, _ = provider.sign(HMAC_CONSUMER, REQUEST_TOKEN, callback_uri=CALLBACK)
    is_refused(send("POST", f"{provider.url}{REQUEST_TOKEN}?oauth_version=1.0", headers=headers), 400)
    is_refused(send("POST", f"{provider.url}{REQUEST_TOKEN}", headers=headers, data={"oauth_version": "1.0"}), 400)
    is_refused(send("POST", f"{provider.url}{REQUEST_TOKEN}"), 400)
    url, _, _ = provider.sign(HMAC_CONSUMER, REQUEST_TOKEN, callback_uri=CALLBACK, signature_type="QUERY")
    is_refused(send("POST", url.replace("oauth_version=1.0", "oauth_version=2.0")), 400)


@pytest.mark.tier("conformance")
def test_rfc5849_3_3_a_nonce_is_used_once(provider: Provider) -> None:
    """A replayed request is 401."""
    url, headers, content = provider.sign(HMAC_CONSUMER, REQUEST_TOKEN, callback_uri=CALLBACK)
    assert 200 == send("POST", url, headers=headers, content=content).status_code
    is_refused(send("POST", url, headers=headers, content=content), 401)


def test_rfc5849_4_1_a_nonce_is_spent_only_by_who_can_sign(provider: Provider) -> None:
    """Trap 14: a forged request with the nonce of a real one does not use it up."""
    stamp = {"nonce": "burned-by-nobody", "timestamp": str(int(time.time()))}
    forger = Consumer(HMAC_CONSUMER.consumer_key, "guess")
    is_refused(provider.signed(forger, REQUEST_TOKEN, callback_uri=CALLBACK, **stamp), 401)
    assert 200 == provider.signed(HMAC_CONSUMER, REQUEST_TOKEN, callback_uri=CALLBACK, **stamp).status_code


def test_rfc5849_3_4_1_what_was_signed_cannot_be_changed(provider: Provider) -> None:
    """Another path, method, parameter or a callback exchanged on the way breaks the signature."""
    url, headers, _ = provider.sign(HMAC_CONSUMER, REQUEST_TOKEN, callback_uri=CALLBACK)
    is_refused(send("POST", f"{provider.url}{ACCESS_TOKEN}", headers=headers), 400)
    is_refused(send("POST", f"{url}?extra=1", headers=headers), 401)
    is_refused(send("POST", url, headers=headers, data={"extra": "1"}), 401)
    changed = headers["Authorization"].replace("client.example", "other.example")
    assert send("POST", url, headers={"Authorization": changed}).status_code in (400, 401)


def test_rfc5849_3_4_1_3_parameters_of_the_request_are_signed_too(provider: Provider) -> None:
    """Query and form parameters with repeated names, spaces, plus signs and letters beyond ASCII are part of the base string."""
    answer = provider.signed(HMAC_CONSUMER, f"{REQUEST_TOKEN}?b5=%3D%253D&a3=a&c%40=&a2=r%20b&a3=2%20q", callback_uri=CALLBACK)
    assert 200 == answer.status_code, answer.text
    answer = provider.signed(HMAC_CONSUMER, REQUEST_TOKEN, callback_uri=CALLBACK, body={"c2": "", "a3": "2 q", "é": "ü+&="})
    assert 200 == answer.status_code, answer.text


# A person agrees (§2.2) --------------------------------------------------------------------------------------------------------------


@pytest.mark.tier("conformance")
def test_rfc5849_2_2_whoever_is_not_signed_in_signs_in_first(provider: Provider) -> None:
    """A visitor is sent to ``/login``, and from there back to the question."""
    temporary = provider.temporary_credentials(HMAC_CONSUMER)
    browser = Browser()
    redirect = browser.get(f"{provider.url}/oauth1/authorize", oauth_token=temporary.key)
    assert "/login" == urlsplit(location(redirect)).path
    answer = browser.submit(browser.get(location(redirect)), username=ALICE["username"], password=ALICE["password"])
    page = browser.follow(answer)
    is_page(page)
    for words in ("hmac-consumer", "client.example", "Read your notes", "Alice Ärmel"):
        assert words in heading(page)


@pytest.mark.tier("conformance")
@pytest.mark.parametrize("consumer", [HMAC_CONSUMER, OTHER_CONSUMER, RSA_CONSUMER], ids=lambda consumer: consumer.consumer_key)
def test_rfc5849_2_3_the_whole_flow(provider: Provider, alice: Browser, consumer: Consumer) -> None:
    """Temporary credentials, the callback with the verifier and its own query, token credentials, the API."""
    temporary = provider.temporary_credentials(consumer)
    answer = provider.decide(alice, f"{provider.url}/oauth1/authorize?oauth_token={temporary.key}")
    assert location(answer).startswith(f"{consumer.callback}{'&' if '?' in consumer.callback else '?'}")
    verifier = outcome(answer)["oauth_verifier"]
    fields = form(provider.signed(consumer, ACCESS_TOKEN, temporary, verifier=verifier))
    assert {"oauth_token", "oauth_token_secret"} == set(fields)
    token = OAuth1Token(fields["oauth_token"], fields["oauth_token_secret"])
    answer = provider.signed(consumer, "/api/me", token, method="GET")
    assert (200, "Alice Ärmel") == (answer.status_code, answer.json()["name"])


@pytest.mark.tier("conformance")
def test_rfc5849_2_2_out_of_band_the_verifier_is_shown(provider: Provider, alice: Browser) -> None:
    """Without a callback the person copies the verifier from the page, whichever place the request was signed in."""
    temporary = provider.temporary_credentials(HMAC_CONSUMER, "oob")
    page = provider.decide(alice, f"{provider.url}/oauth1/authorize?oauth_token={temporary.key}")
    is_page(page)
    candidates = [word for word in heading(page).replace(".", " ").split() if len(word) >= 8]
    answers = [provider.signed(HMAC_CONSUMER, ACCESS_TOKEN, temporary, verifier=word, signature_type="BODY") for word in candidates]
    assert 1 == [answer.status_code for answer in answers].count(200)


@pytest.mark.tier("conformance")
def test_rfc5849_2_2_a_person_may_say_no(provider: Provider, alice: Browser) -> None:
    """Mistake 5: "deny" tells the consumer, the credentials are gone; out of band a page says so."""
    temporary = provider.temporary_credentials(HMAC_CONSUMER)
    url = f"{provider.url}/oauth1/authorize?oauth_token={temporary.key}"
    found = outcome(provider.decide(alice, url, "deny"))
    assert {"oauth_token": temporary.key, "oauth_problem": "permission_denied"} == found
    is_page(alice.get(url), 400)
    is_refused(provider.signed(HMAC_CONSUMER, ACCESS_TOKEN, temporary, verifier="guessed-verifier"), 401)
    by_hand = provider.temporary_credentials(HMAC_CONSUMER, "oob")
    is_page(provider.decide(alice, f"{provider.url}/oauth1/authorize?oauth_token={by_hand.key}", "deny"))


@pytest.mark.tier("conformance")
@pytest.mark.parametrize(
    "query", ["", "oauth_token=", "oauth_token=unknown", "oauth_token=%3Cscript%3Ealert(1)%3C/script%3E", "oauth_token=%00"]
)
def test_rfc5849_2_2_an_unknown_request_is_a_page(provider: Provider, alice: Browser, query: str) -> None:
    """Missing, unknown and malformed temporary credentials are a page with the status 400, where nothing is echoed (Mistake 3)."""
    for browser in (alice, Browser()):
        page = browser.get(f"{provider.url}/oauth1/authorize?{query}")
        is_page(page, 400)
        assert "<script" not in page.text


def test_rfc5849_2_2_a_request_is_answered_once(provider: Provider, alice: Browser, bob: Browser) -> None:
    """After the answer, the same person's same answer ends as before; no one else can answer; repeated parameters are refused."""
    temporary = provider.temporary_credentials(HMAC_CONSUMER)
    url = f"{provider.url}/oauth1/authorize?oauth_token={temporary.key}"
    is_page(alice.get(f"{url}&oauth_token={temporary.key}"), 400)
    page = alice.get(url)
    provider.verifier(alice, temporary)
    assert 303 == alice.submit(page, button=("decision", "allow")).status_code
    is_page(alice.submit(page, button=("decision", "deny")), 400)
    is_page(bob.get(url), 400)


@pytest.mark.tier("conformance")
def test_rfc5849_4_13_consent_without_csrf_token_changes_nothing(provider: Provider, alice: Browser) -> None:
    """Mistake 5: without the form's token the answer is 400, the same for another decision; the question stays open."""
    temporary = provider.temporary_credentials(HMAC_CONSUMER)
    url = f"{provider.url}/oauth1/authorize?oauth_token={temporary.key}"
    fields = dict(Page(alice.get(url)).form("decision").fields)
    for data in ({"decision": "allow"}, {"decision": "allow", "csrf_token": "made-up"}, {**fields, "decision": "yes"}, fields):
        is_page(alice.request("POST", url, data=data), 400)
    is_page(alice.get(url))


# Token credentials (§2.3) ------------------------------------------------------------------------------------------------------------


def test_rfc5849_2_3_a_verifier_buys_token_credentials_once(provider: Provider, alice: Browser) -> None:
    """The second time the temporary credentials are gone."""
    temporary = provider.temporary_credentials(HMAC_CONSUMER)
    verifier = provider.verifier(alice, temporary)
    assert 200 == provider.signed(HMAC_CONSUMER, ACCESS_TOKEN, temporary, verifier=verifier).status_code
    is_refused(provider.signed(HMAC_CONSUMER, ACCESS_TOKEN, temporary, verifier=verifier), 401)


def test_rfc5849_2_3_what_does_not_fit_is_401(provider: Provider, alice: Browser) -> None:
    """Unauthorized credentials, a wrong verifier, a wrong secret, unknown credentials and another consumer's are 401, and harm nobody."""
    temporary = provider.temporary_credentials(HMAC_CONSUMER)
    is_refused(provider.signed(HMAC_CONSUMER, ACCESS_TOKEN, temporary, verifier="guessed-verifier"), 401)
    verifier = provider.verifier(alice, temporary)
    is_refused(provider.signed(HMAC_CONSUMER, ACCESS_TOKEN, temporary, verifier="guessed-verifier"), 401)
    is_refused(provider.signed(HMAC_CONSUMER, ACCESS_TOKEN, OAuth1Token(temporary.key, "wrong"), verifier=verifier), 401)
    is_refused(provider.signed(HMAC_CONSUMER, ACCESS_TOKEN, OAuth1Token("unknown", temporary.secret), verifier=verifier), 401)
    is_refused(provider.signed(OTHER_CONSUMER, ACCESS_TOKEN, temporary, verifier=verifier), 401)
    is_refused(provider.signed(RSA_CONSUMER, ACCESS_TOKEN, temporary, verifier=verifier), 401)
    assert credentials(provider.signed(HMAC_CONSUMER, ACCESS_TOKEN, temporary, verifier=verifier)).key


@pytest.mark.tier("conformance")
def test_rfc5849_2_3_the_verifier_is_required(provider: Provider, alice: Browser) -> None:
    """Trap 9: without a verifier the request is 400: the session fixation of OAuth 1.0 stays closed."""
    temporary = provider.temporary_credentials(HMAC_CONSUMER)
    provider.verifier(alice, temporary)
    assert provider.signed(HMAC_CONSUMER, ACCESS_TOKEN, temporary).status_code in (400, 401)
    assert provider.signed(HMAC_CONSUMER, ACCESS_TOKEN).status_code in (400, 401)


def test_rfc5849_2_credentials_of_one_step_are_not_those_of_another(provider: Provider, alice: Browser) -> None:
    """Temporary credentials open no API, and token credentials buy nothing."""
    temporary = provider.temporary_credentials(HMAC_CONSUMER)
    is_refused(provider.signed(HMAC_CONSUMER, "/api/me", temporary, method="GET"), 401)
    verifier = provider.verifier(alice, temporary)
    is_refused(provider.signed(HMAC_CONSUMER, "/api/me", temporary, method="GET"), 401)
    token = credentials(provider.signed(HMAC_CONSUMER, ACCESS_TOKEN, temporary, verifier=verifier))
    is_refused(provider.signed(HMAC_CONSUMER, ACCESS_TOKEN, token, verifier=verifier), 401)


@pytest.mark.tier("conformance")
def test_rfc5849_2_1_the_endpoints_take_only_post(provider: Provider) -> None:
    """GET would put credentials where logs are."""
    for path in (REQUEST_TOKEN, ACCESS_TOKEN):
        assert 405 == raw(provider.url, "GET", path.encode()).status
