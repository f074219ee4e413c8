"""OpenID Connect Core and RP-Initiated Logout."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from tests.conformance.facts import is_json, is_not_stored, is_page, is_sent_back
from tests.driving.browser import Browser, Page, location, outcome, send
from tests.driving.provider import Provider
from tests.driving.seed import ALICE, APP, ES256_CLIENT, LIMITED, OTHER, SERVICE, SIGNED_OUT, WEB, Client

pytestmark = pytest.mark.tier("core")


def verified(provider: Provider, id_token: str) -> jwt.Token:
    """Return an ID token whose signature holds under a published key."""
    keys = KeySet.import_key_set(send("GET", f"{provider.url}/.well-known/jwks.json").json())
    return jwt.decode(id_token, keys, algorithms=["RS256", "ES256"])


def half_hash(token: str) -> str:
    """Return ``at_hash`` (OpenID Connect Core §3.1.3.6)."""
    import base64
    import hashlib

    return base64.urlsafe_b64encode(hashlib.sha256(token.encode()).digest()[:16]).decode().rstrip("=")


@pytest.mark.parametrize(("client", "algorithm"), [(WEB, "RS256"), (APP, "RS256"), (ES256_CLIENT, "ES256")], ids=["web", "app", "es256"])
def test_openid_core_2_an_id_token_says_who_signed_in(provider: Provider, alice: Browser, client: Client, algorithm: str) -> None:
    """Mistake 9: the ID token verifies under the published keys, by the client's algorithm, and binds client, nonce and access token."""
    before = int(time.time())
    tokens = provider.tokens(alice, client, nonce="n-0S6_WzA2Mj")
    token = verified(provider, tokens["id_token"])
    claims: dict[str, Any] = token.claims
    assert algorithm == token.header["alg"]
    assert (provider.issuer, "n-0S6_WzA2Mj") == (claims["iss"], claims["nonce"])
    assert client.client_id in (claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]])
    assert half_hash(tokens["access_token"]) == claims["at_hash"]
    assert 0 < claims["auth_time"] <= claims["iat"] < claims["exp"]
    assert before <= claims["iat"] <= time.time() + 1
    assert claims["sub"] == provider.api(tokens["access_token"]).json()["sub"]
    assert "alice" not in claims["sub"]


def test_openid_core_2_no_id_token_without_openid(provider: Provider, alice: Browser) -> None:
    """Without the scope ``openid`` there is no ID token, and without a nonce in the request there is none in the token."""
    assert "id_token" not in provider.tokens(alice, WEB, scope="profile")
    assert "nonce" not in verified(provider, provider.tokens(alice, WEB)["id_token"]).claims


def test_openid_core_12_2_a_refreshed_id_token_is_about_the_same_sign_in(provider: Provider, alice: Browser) -> None:
    """The new ID token has the old ``iss``, ``sub``, ``aud`` and ``auth_time``, a new ``iat``, and no nonce of the first request."""
    tokens = provider.tokens(alice, WEB, nonce="n-0S6_WzA2Mj")
    first = verified(provider, tokens["id_token"]).claims
    renewed = provider.refresh(WEB, tokens["refresh_token"]).json()
    second = verified(provider, renewed["id_token"]).claims
    assert [first[name] for name in ("iss", "sub", "aud", "auth_time")] == [second[name] for name in ("iss", "sub", "aud", "auth_time")]
    assert second.get("nonce") in (None, "n-0S6_WzA2Mj")
    assert half_hash(renewed["access_token"]) == second["at_hash"]


def test_openid_core_8_a_subject_is_a_users_for_all_clients(provider: Provider, alice: Browser, bob: Browser) -> None:
    """``sub`` is the same for each client and another for each user (public subjects)."""
    subjects = [
        verified(provider, provider.tokens(browser, client)["id_token"]).claims["sub"]
        for browser in (alice, bob)
        for client in (WEB, OTHER)
    ]
    assert (subjects[0], subjects[2]) == (subjects[1], subjects[3])
    assert subjects[0] != subjects[2]


# UserInfo ----------------------------------------------------------------------------------------------------------------------------


@pytest.mark.tier("conformance")
@pytest.mark.parametrize(
    ("scope", "claims"),
    [
        ("openid", {"sub"}),
        ("openid profile", {"sub", "name", "preferred_username"}),
        ("openid email", {"sub", "email"}),
        ("openid profile email", {"sub", "name", "preferred_username", "email"}),
    ],
)
def test_openid_core_5_4_userinfo_tells_what_the_scope_gives(provider: Provider, alice: Browser, scope: str, claims: set[str]) -> None:
    """Claims come by scope, by GET and by POST alike, and no cache keeps them."""
    token = provider.tokens(alice, WEB, scope=scope)["access_token"]
    answers = [provider.api(token, "/oauth2/userinfo", method) for method in ("GET", "POST")]
    for answer in answers:
        is_json(answer)
        is_not_stored(answer)
        assert claims == set(answer.json()) - {"email_verified"}
    assert answers[0].json() == answers[1].json()
    assert answers[0].json().get("email_verified") in (None, False)
    if "profile" in scope:
        assert ("Alice Ärmel", "alice") == (answers[0].json()["name"], answers[0].json()["preferred_username"])


@pytest.mark.tier("conformance")
def test_openid_core_5_3_3_userinfo_refuses_as_the_api_does(provider: Provider, alice: Browser) -> None:
    """Without a token 401, with a wrong one ``invalid_token``, without ``openid`` or a user ``insufficient_scope``."""
    for method in ("GET", "POST"):
        answer = send(method, f"{provider.url}/oauth2/userinfo")
        assert 401 == answer.status_code
        assert "error=" not in next(value for value in answer.headers.get_list("www-authenticate") if value.startswith("Bearer"))
        answer = provider.api("unknown", "/oauth2/userinfo", method)
        assert (401, True) == (answer.status_code, 'error="invalid_token"' in answer.headers["www-authenticate"])
    for token in (provider.tokens(alice, WEB, scope="profile"), provider.client_token(SERVICE)):
        answer = provider.api(token["access_token"], "/oauth2/userinfo")
        assert (403, True) == (answer.status_code, 'error="insufficient_scope"' in answer.headers["www-authenticate"])


@pytest.mark.tier("conformance")
def test_rfc6454_userinfo_may_be_read_by_a_page_of_another_origin(provider: Provider, alice: Browser) -> None:
    """UserInfo and its refusals carry the CORS header, so that an application in a browser can read them."""
    token = provider.tokens(alice, WEB)["access_token"]
    for answer in (provider.api(token, "/oauth2/userinfo"), provider.api("unknown", "/oauth2/userinfo")):
        assert "*" == answer.headers["access-control-allow-origin"]
    assert 204 == send("OPTIONS", f"{provider.url}/oauth2/userinfo").status_code


# prompt, max_age, login_hint, id_token_hint ------------------------------------------------------------------------------------------


def test_openid_core_3_1_2_6_prompt_none_asks_nobody(provider: Provider, alice: Browser, bob: Browser) -> None:
    """``login_required`` without a session, ``consent_required`` without consent, else a code; never a page."""
    request = provider.authorization(ES256_CLIENT, prompt="none", scope="openid email")
    is_sent_back(Browser().get(request.url), "login_required", request.state, provider.issuer)
    is_sent_back(bob.get(request.url), "consent_required", request.state, provider.issuer)
    provider.code(alice, provider.authorization(ES256_CLIENT, scope="openid email"))
    assert "code" in outcome(alice.get(request.url))
    too_old = provider.authorization(ES256_CLIENT, prompt="none", scope="openid email", max_age="0")
    is_sent_back(alice.get(too_old.url), "login_required", too_old.state, provider.issuer)


@pytest.mark.tier("conformance")
def test_openid_core_3_1_2_1_prompt_login_and_max_age_0_want_a_new_sign_in(provider: Provider) -> None:
    """The user signs in again, once: afterwards the question comes, not the sign-in page for ever, and ``auth_time`` is new."""
    browser = provider.sign_in(ALICE)
    for changes in ({"prompt": "login"}, {"max_age": "0"}, {"prompt": "login consent"}):
        request = provider.authorization(WEB, **changes)
        started = int(time.time())
        redirect = browser.get(request.url)
        assert "/login" == urlsplit(location(redirect)).path
        answer = browser.submit(browser.get(location(redirect)), username=ALICE["username"], password=ALICE["password"])
        answer = browser.follow(answer)
        if answer.status_code == 200:
            answer = browser.submit(answer, button=("decision", "allow"))
        claims = verified(provider, provider.redeem(request, outcome(answer)["code"]).json()["id_token"]).claims
        assert claims["auth_time"] >= started


@pytest.mark.tier("conformance")
def test_openid_core_3_1_2_1_a_recent_sign_in_satisfies_max_age(provider: Provider, alice: Browser) -> None:
    """Within ``max_age`` nobody is asked to sign in again."""
    answer = alice.get(provider.authorization(WEB, max_age="3600", prompt="consent").url)
    is_page(answer)
    assert Page(answer).form("decision")


def test_openid_core_3_1_2_1_prompt_consent_asks_again(provider: Provider, alice: Browser) -> None:
    """``prompt=consent`` shows the question although the user has agreed before."""
    provider.code(alice, provider.authorization(WEB))
    is_page(alice.get(provider.authorization(WEB, prompt="consent").url))


def test_openid_core_3_1_2_1_the_login_hint_fills_in_the_name(provider: Provider) -> None:
    """``login_hint`` stands in the form, escaped (Mistake 3)."""
    hint = 'alice"><script>alert(1)</script>'
    browser = Browser()
    page = browser.get(location(browser.get(provider.authorization(WEB, login_hint=hint).url)))
    is_page(page)
    assert hint == dict(Page(page).form("username").fields)["username"]
    assert "<script" not in page.text


def test_openid_core_3_1_2_1_an_id_token_hint_of_somebody_else_wants_a_sign_in(provider: Provider, alice: Browser, bob: Browser) -> None:
    """With Bob's ID token as a hint, Alice's session does not answer; with her own it does."""
    bobs, own = (provider.tokens(browser, WEB)["id_token"] for browser in (bob, alice))
    request = provider.authorization(WEB, prompt="none", id_token_hint=bobs)
    is_sent_back(alice.get(request.url), "login_required", request.state, provider.issuer)
    assert "code" in outcome(alice.get(provider.authorization(WEB, prompt="none", id_token_hint=own).url))


# RP-Initiated Logout -----------------------------------------------------------------------------------------------------------------


def signed_out_of(provider: Provider, browser: Browser) -> bool:
    """Say whether nobody is signed in in this browser."""
    return browser.get(f"{provider.url}/account").status_code != 200


@pytest.mark.fault(17)
@pytest.mark.tier("conformance")
@pytest.mark.parametrize("path", ["/oauth2/authorize", "/oauth2/logout"])
def test_openid_core_3_1_2_1_a_request_by_post_goes_on_by_get(provider: Provider, alice: Browser, path: str) -> None:
    """Another site's form, with cookies or without, gets a 303 to the same request by GET (RP-Initiated Logout §2 too), whose page asks."""
    parameters = provider.authorization(WEB, prompt="consent", state="a b&\u00e9").parameters
    for browser in (alice.twin(), Browser()):
        answer = browser.request("POST", f"{provider.url}{path}", data=parameters, headers={"Origin": "https://client.example"})
        target = urlsplit(location(answer))
        assert (303, path, parameters) == (answer.status_code, target.path, dict(parse_qsl(target.query)))
    is_page(alice.get(location(answer)))


@pytest.mark.tier("conformance")
def test_openid_logout_2_a_page_asks_and_the_form_signs_out(provider: Provider) -> None:
    """GET asks and changes nothing, "deny" changes nothing, "allow" ends the session and goes back to the client with its state."""
    browser = provider.sign_in(ALICE)
    hint = provider.tokens(browser, WEB)["id_token"]
    url = f"{provider.url}/oauth2/logout?id_token_hint={hint}&post_logout_redirect_uri={quote(SIGNED_OUT, safe='')}&state=a%20b%26"
    page = browser.get(url)
    is_page(page)
    assert not signed_out_of(provider, browser)
    stays = browser.twin()
    assert f"{provider.url}/account" == location(stays.submit(page, button=("decision", "deny")))
    assert not signed_out_of(provider, stays)
    answer = browser.submit(page, button=("decision", "allow"))
    assert location(answer).startswith(f"{SIGNED_OUT}?")
    assert {"state": "a b&"} == dict(parse_qsl(urlsplit(location(answer)).query))
    assert signed_out_of(provider, browser)


def test_openid_logout_2_without_parameters_it_ends_here(provider: Provider) -> None:
    """Without a URI to go to, the page says that the session has ended; so for a client named without a hint."""
    browser = provider.sign_in(ALICE)
    answer = browser.submit(browser.get(f"{provider.url}/oauth2/logout"), button=("decision", "allow"))
    is_page(answer)
    assert signed_out_of(provider, browser)
    page = browser.get(f"{provider.url}/oauth2/logout", client_id="web", post_logout_redirect_uri=SIGNED_OUT)
    assert location(browser.submit(page, button=("decision", "allow"))).startswith(SIGNED_OUT)


@pytest.mark.tier("conformance")
def test_openid_logout_6_without_csrf_token_nobody_is_signed_out(provider: Provider) -> None:
    """A POST without the token of the form is 400, and the session goes on; another decision too."""
    browser = provider.sign_in(ALICE)
    for fields in ({}, {"csrf_token": "made-up"}):
        is_page(browser.request("POST", f"{provider.url}/oauth2/logout", data={"decision": "allow", **fields}), 400)
    fields = dict(Page(browser.get(f"{provider.url}/oauth2/logout")).form("decision").fields)
    is_page(browser.request("POST", f"{provider.url}/oauth2/logout", data={**fields, "decision": "maybe"}), 400)
    assert not signed_out_of(provider, browser)


@pytest.mark.parametrize(
    "parameters",
    [
        {"client_id": "web", "post_logout_redirect_uri": "https://evil.example/"},
        {"client_id": "web", "post_logout_redirect_uri": f"{SIGNED_OUT}/"},
        {"client_id": "web", "post_logout_redirect_uri": f"{SIGNED_OUT}?x=1"},
        {"client_id": "web", "post_logout_redirect_uri": WEB.redirect_uri},
        {"client_id": "other", "post_logout_redirect_uri": SIGNED_OUT},
        {"client_id": "unknown", "post_logout_redirect_uri": SIGNED_OUT},
        {"client_id": "unknown"},
        {"post_logout_redirect_uri": SIGNED_OUT},
        {"post_logout_redirect_uri": "javascript:alert(1)"},
        {"id_token_hint": "not.a.token"},
        {"id_token_hint": "eyJhbGciOiJub25lIn0.eyJpc3MiOiJ4In0."},
        {"id_token_hint": "<script>alert(1)</script>"},
    ],
)
def test_openid_logout_3_nobody_is_sent_where_nobody_registered(provider: Provider, alice: Browser, parameters: dict[str, str]) -> None:
    """An unregistered address, another client's, one without a client, and a hint that is not ours are a page with 400 (open redirect)."""
    page = alice.get(f"{provider.url}/oauth2/logout", **parameters)
    is_page(page, 400)
    assert "<script" not in page.text
    assert not signed_out_of(provider, alice)


def test_openid_logout_2_a_hint_is_for_the_client_that_it_was_issued_to(provider: Provider, alice: Browser) -> None:
    """An ID token of one client does not vouch for another, and a repeated parameter is refused."""
    hint = provider.tokens(alice, OTHER)["id_token"]
    is_page(alice.get(f"{provider.url}/oauth2/logout", id_token_hint=hint, client_id="web"), 400)
    is_page(alice.get(f"{provider.url}/oauth2/logout", id_token_hint=hint, post_logout_redirect_uri=SIGNED_OUT), 400)
    is_page(alice.get(f"{provider.url}/oauth2/logout?client_id=web&client_id=web"), 400)


def test_openid_core_5_1_2_claims_of_one_user_are_not_anothers(provider: Provider) -> None:
    """Two users who sign in one after the other in one browser each get tokens of their own (Mistake 10)."""
    browser = Browser()
    names = []
    for user in (LIMITED[1], ALICE):
        provider.sign_in(user, browser)
        names.append(provider.api(provider.tokens(browser, WEB)["access_token"]).json()["preferred_username"])
        browser.submit(browser.get(f"{provider.url}/logout"))
    assert [LIMITED[1]["username"], "alice"] == names
