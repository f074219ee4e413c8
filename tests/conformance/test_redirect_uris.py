"""Which redirect URIs are the registered ones: compared as strings, the port of a loopback address free (RFC 9700 §2.1, RFC 8252 §7.3)."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from tests.conformance.facts import is_page
from tests.driving.browser import Browser, Page, location, outcome
from tests.driving.provider import Provider
from tests.driving.seed import APP, CALLBACK, REGISTERED_URIS, URIS, WEB

pytestmark = pytest.mark.tier("core")

REFUSED = [
    # another end or beginning
    f"{CALLBACK}/",
    f"{CALLBACK}x",
    f"{CALLBACK}/../evil",
    f"{CALLBACK}?",
    f"{CALLBACK}?next=https://evil.example",
    f"{CALLBACK};evil",
    CALLBACK[:-1],
    "https://client.example/",
    "https://client.example",
    f" {CALLBACK}",
    f"{CALLBACK} ",
    f"{CALLBACK}\t",
    f"{CALLBACK}\n",
    f"{CALLBACK}\r\nX-Injected: 1",
    f"{CALLBACK}\x00",
    # another host
    "https://evil.example/callback",
    "https://client.example.evil.example/callback",
    "https://evil.client.example/callback",
    "https://evilclient.example/callback",
    "https://client.example@evil.example/callback",
    "https://evil.example#@client.example/callback",
    "https://evil.example\\@client.example/callback",
    "https://client.example./callback",
    "https://clıent.example/callback",
    # another port, user, scheme, case or encoding
    "https://client.example:443/callback",
    "https://client.example:8443/callback",
    "https://user@client.example/callback",
    "https://user:pass@client.example/callback",
    "http://client.example/callback",
    "HTTPS://client.example/callback",
    "https://CLIENT.example/callback",
    "https://client.example/Callback",
    "https://client.example/%63allback",
    "https://client.example/callback%2F",
    "https://client.example//callback",
    "https://client.example/./callback",
    "https:/client.example/callback",
    "https:client.example/callback",
    "//client.example/callback",
    "/callback",
    "callback",
    # a fragment
    f"{CALLBACK}#",
    f"{CALLBACK}#access_token=x",
    # another kind of URI
    "javascript:alert(1)//https://client.example/callback",
    "data:text/html,<script>alert(1)</script>",
    "urn:ietf:wg:oauth:2.0:oob",
    "https://*/callback",
    "https://[::1/callback",
    "x" * 4000,
]


@pytest.mark.parametrize("uri", REFUSED)
def test_rfc9700_4_1_3_a_redirect_uri_is_compared_as_a_string(provider: Provider, alice: Browser, uri: str) -> None:
    """What differs in one byte from the registered URI is a page with the status 400, nothing is sent there, and nothing is echoed raw."""
    answer = alice.get(provider.authorization(WEB, redirect_uri=uri, prompt="consent").url)
    is_page(answer, 400)
    assert "location" not in answer.headers
    assert "x-injected" not in answer.headers
    assert "<script" not in answer.text


@pytest.mark.parametrize("uri", REGISTERED_URIS)
def test_rfc6749_3_1_2_each_registered_uri_is_taken_as_it_stands(provider: Provider, alice: Browser, uri: str) -> None:
    """The answer goes to the very bytes that were registered, with ``&`` where they have a query."""
    request = provider.authorization(URIS, redirect_uri=uri, prompt="consent")
    answer = provider.decide(alice, request.url)
    assert location(answer).startswith(f"{uri}{'&' if '?' in uri else '?'}")
    assert 200 == provider.redeem(request, outcome(answer)["code"]).status_code


@pytest.mark.parametrize(
    "uri",
    ["http://127.0.0.1:1/callback", "http://127.0.0.1:65535/callback", "http://127.0.0.1/callback"],
)
def test_rfc8252_7_3_the_port_of_a_loopback_address_is_free(provider: Provider, alice: Browser, uri: str) -> None:
    """An app on a person's device listens where it can, and the code is bound to the port it named."""
    request = provider.authorization(APP, redirect_uri=uri, prompt="consent")
    code = outcome(provider.decide(alice, request.url))["code"]
    wrong = provider.redeem(request, code, redirect_uri="http://127.0.0.1:2/callback")
    assert (400, "invalid_grant") == (wrong.status_code, wrong.json()["error"])
    assert 200 == provider.redeem(request, code).status_code


@pytest.mark.parametrize(
    "uri",
    [
        "http://localhost/loopback",
        "http://localhost:7000/loopback",
        "http://localhost:7001/callback",
        "http://127.0.0.1:7000/callback",
        "http://127.0.0.2/loopback",
        "http://127.0.0.1:/loopback",
        "http://127.0.0.1:x/loopback",
        "http://127.0.0.1:123456/loopback",
        "http://127.0.0.1:80:80/loopback",
        "http://127.0.0.1:80@evil.example/loopback",
        "http://127.0.0.1.evil.example/loopback",
        "http://127.0.0.1:80.evil.example/loopback",
        "http://user@127.0.0.1:80/loopback",
        "https://127.0.0.1:80/loopback",
        "http://2130706433/loopback",
        "http://[::1]:80/other",
        "http://[0:0:0:0:0:0:0:1]/loopback",
        "http://127.0.0.1:80/loopback?x=1",
        "http://127.0.0.1:80/loopback#",
        "https://uris.example:9443/callback",
        "https://uris.example/callback?tenant=2",
        "https://uris.example/callback?tenant=1&x=1",
    ],
)
def test_rfc8252_7_3_nothing_but_the_port_of_a_loopback_address_is_free(provider: Provider, alice: Browser, uri: str) -> None:
    """``localhost`` is a name, not an address; a port is a number; every other part is compared; other hosts' ports are not free."""
    is_page(alice.get(provider.authorization(URIS, redirect_uri=uri, prompt="consent").url), 400)


@pytest.mark.tier("conformance")
def test_rfc8252_7_1_a_private_use_scheme_is_sent_byte_for_byte(provider: Provider, alice: Browser) -> None:
    """An app's own scheme works, and its name is shown where a host would be."""
    request = provider.authorization(APP, redirect_uri="com.example.app:/callback")
    page = alice.get(request.url)
    assert "com.example.app" in Page(page).text
    answer = alice.submit(page, button=("decision", "allow"))
    assert answer.headers["location"].startswith("com.example.app:/callback?code=")


def test_rfc6749_4_1_2_1_an_unregistered_uri_is_refused_whatever_else_is_wrong(provider: Provider) -> None:
    """Errors never go to an address that is not registered, in whatever order things are checked (open redirect, RFC 9700 §4.11)."""
    evil = "https://evil.example/callback"
    for changes in ({"response_type": "token"}, {"scope": "unknown"}, {"code_challenge": None}, {"prompt": "none"}, {"request": "x"}):
        answer = Browser().get(provider.authorization(WEB, redirect_uri=evil, **changes).url)
        is_page(answer, 400)
        assert quote(evil, safe="") not in str(answer.headers)
