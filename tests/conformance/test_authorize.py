"""The authorization endpoint (RFC 6749 §4.1, RFC 7636, RFC 9207, RFC 9700, OpenID Connect Core §3.1.2)."""

from __future__ import annotations

from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import pytest

from tests.conformance.conftest import RESOURCES
from tests.conformance.facts import is_page, is_sent_back
from tests.driving.browser import Browser, Page, location, outcome, send
from tests.driving.provider import Authorization, Provider, heading, leaves_to
from tests.driving.seed import ALICE, APP, CALLBACK, HOSTILE, HOSTILE_CLIENT, MALLORY, NO_REFRESH, OTHER, SERVICE, URIS, WEB

pytestmark = pytest.mark.tier("core")

SCRIPT = "\"'><script>alert(1)</script>"


def asked_again(provider: Provider, **changes: str | None) -> Authorization:
    """A request of the web client that shows the consent page whatever was agreed to before."""
    return provider.authorization(WEB, prompt="consent", **changes)


@pytest.mark.tier("conformance")
def test_rfc6749_4_1_1_whoever_is_not_signed_in_signs_in_first(provider: Provider) -> None:
    """A visitor is sent to ``/login``, and from there back to the request, whose parameters are all still there."""
    request = asked_again(provider, nonce="n-0S6_WzA2Mj")
    browser = Browser()
    parts = urlsplit(location(browser.get(request.url)))
    assert "/login" == parts.path
    back = dict(parse_qsl(parts.query))["next"]
    assert ("/oauth2/authorize", request.parameters) == (urlsplit(back).path, dict(parse_qsl(urlsplit(back).query)))
    form = browser.get(location(browser.get(request.url)))
    answer = browser.submit(form, username=ALICE["username"], password=ALICE["password"])
    is_page(browser.follow(answer))


@pytest.mark.tier("conformance")
def test_rfc6749_4_1_1_the_consent_page_says_who_asks_for_what(provider: Provider, alice: Browser) -> None:
    """The page names the client, the host that the answer goes to, each scope in words, and who is asked; allow and deny are buttons."""
    page = alice.get(asked_again(provider).url)
    is_page(page)
    text = heading(page)
    for words in ("The web client", "client.example", "Read your notes", "Write notes for you", "e-mail", "Alice Ärmel"):
        assert words in text, text
    assert {("decision", "allow"), ("decision", "deny")} == set(Page(page).form("decision", "csrf_token").buttons)


@pytest.mark.tier("conformance")
def test_rfc6749_4_1_2_the_answer_carries_code_state_and_issuer(provider: Provider, alice: Browser) -> None:
    """After "allow", the redirect carries the code, the state as it came, and ``iss`` (RFC 9207 §2), and nothing else; nobody caches it."""
    request = asked_again(provider, state="a b+c%20&é=\"'")
    answer = provider.decide(alice, request.url)
    found = leaves_to(answer)
    assert {"code", "state", "iss"} == set(found)
    assert (request.state, provider.issuer) == (found["state"], found["iss"])
    # 303 turns the POST into a GET, so that the form is not sent on to the client (RFC 9700 §4.12).
    assert answer.status_code in (302, 303)
    assert "no-store" in answer.headers["cache-control"]


def test_rfc6749_4_1_2_no_state_comes_back_where_none_was_sent(provider: Provider, alice: Browser) -> None:
    """Without ``state`` in the request there is none in the answer."""
    assert {"code", "iss"} == set(outcome(provider.decide(alice, asked_again(provider, state=None).url)))


@pytest.mark.tier("conformance")
def test_rfc6749_4_1_2_1_deny_is_told_to_the_client(provider: Provider, alice: Browser) -> None:
    """Mistake 5: "deny" is a redirect with ``access_denied``, the state and the issuer, not a 400."""
    request = asked_again(provider)
    is_sent_back(provider.decide(alice, request.url, "deny"), "access_denied", request.state, provider.issuer)


def test_rfc6749_3_1_consent_is_remembered_for_what_was_agreed_to(provider: Provider, bob: Browser) -> None:
    """The second time there is no question for the same or less scope; for more, there is."""
    first = provider.authorization(OTHER, scope="profile email")
    assert 200 == bob.get(first.url).status_code
    provider.code(bob, first)
    assert "code" in outcome(bob.get(first.url))
    assert "code" in outcome(bob.get(provider.authorization(OTHER, scope="profile").url))
    is_page(bob.get(provider.authorization(OTHER, scope="profile notes:read").url))


def test_rfc6749_3_1_consent_is_one_users_and_one_clients(provider: Provider, alice: Browser, bob: Browser) -> None:
    """What Alice lets one client have is not what Bob does, nor what another client gets."""
    provider.code(alice, provider.authorization(NO_REFRESH, scope="profile"))
    is_page(bob.get(provider.authorization(NO_REFRESH, scope="profile").url))
    is_page(alice.get(provider.authorization(HOSTILE_CLIENT, scope="profile").url))


def test_rfc8252_8_6_a_public_client_without_an_address_is_asked_about_each_time(provider: Provider, alice: Browser) -> None:
    """Any program may pose as a public client on a loopback redirect, so consent to it is never taken for granted."""
    request = provider.authorization(APP, scope="profile")
    provider.code(alice, request)
    is_page(alice.get(request.url))


@pytest.mark.tier("conformance")
def test_rfc6749_10_12_a_decision_without_csrf_token_changes_nothing(provider: Provider, bob: Browser) -> None:
    """Mistake 5: consent posted by another site, without the token or with a made-up or a stranger's one, is 400 and gives no code."""
    request = provider.authorization(URIS, scope="profile")
    is_page(bob.get(request.url))
    other = provider.sign_in(MALLORY)
    strangers = dict(Page(other.get(request.url)).form("decision").fields)["csrf_token"]
    for token in ({}, {"csrf_token": ""}, {"csrf_token": "made-up"}, {"csrf_token": strangers}):
        answer = bob.request("POST", request.url, data={"decision": "allow", **token})
        is_page(answer, 400)
        assert "location" not in answer.headers
    is_page(bob.get(request.url))


@pytest.mark.parametrize("decision", ["", "ALLOW", "yes", "allow\x00", "allow deny"])
def test_rfc6749_4_1_1_only_allow_and_deny_are_decisions(provider: Provider, alice: Browser, decision: str) -> None:
    """Another decision is a page with the status 400, and no redirect."""
    page = alice.get(asked_again(provider).url)
    form = Page(page).form("decision")
    is_page(alice.request("POST", form.action, data=[*form.fields, ("decision", decision)]), 400)


def test_rfc6749_3_1_a_decision_given_twice_is_none(provider: Provider, alice: Browser) -> None:
    """Two decisions at once are refused, and so is a form without any."""
    form = Page(alice.get(asked_again(provider).url)).form("decision")
    is_page(alice.request("POST", form.action, data=[*form.fields, ("decision", "deny"), ("decision", "allow")]), 400)
    is_page(alice.request("POST", form.action, data=form.fields), 400)


def test_rfc6749_4_1_1_the_decision_is_about_the_request_in_the_url(provider: Provider, alice: Browser) -> None:
    """A POST is checked like the GET: another client, redirect URI or scope smuggled into the form changes nothing."""
    form = Page(alice.get(asked_again(provider).url)).form("decision")
    smuggled = [("client_id", "other"), ("redirect_uri", "https://evil.example/"), ("scope", "notes:write"), ("state", "forged")]
    answer = alice.request("POST", form.action, data=[*form.fields, *smuggled, ("decision", "allow")])
    found = leaves_to(answer)
    assert "forged" != found["state"]
    evil = asked_again(provider, redirect_uri="https://evil.example/").url
    is_page(alice.request("POST", evil, data=[*form.fields, ("decision", "allow")]), 400)


@pytest.mark.tier("conformance")
def test_rfc6749_4_1_1_a_decision_of_nobody_is_none(provider: Provider) -> None:
    """Whoever is signed out while the page is open signs in first, or is refused; no code comes of it."""
    visitor = Browser()
    token = dict(Page(visitor.get(f"{provider.url}/login")).form("username").fields)["csrf_token"]
    answer = visitor.request("POST", asked_again(provider).url, data={"decision": "allow", "csrf_token": token})
    assert answer.status_code == 400 or urlsplit(location(answer)).path == "/login"


# Refused without a redirect: nobody knows yet where the answer may go (RFC 6749 §4.1.2.1) --------------------------------------------


@pytest.mark.tier("conformance")
@pytest.mark.parametrize("client_id", ["unknown", "", "WEB", "web ", SCRIPT, "\x00", "x" * 5000])
def test_rfc6749_4_1_2_1_an_unknown_client_is_not_sent_anywhere(provider: Provider, alice: Browser, client_id: str) -> None:
    """An unknown client is a page, and what came from the request is escaped on it (Mistake 3)."""
    answer = alice.get(provider.authorization(WEB, client_id=client_id).url)
    is_page(answer, 400)
    assert "<script>alert" not in answer.text
    assert "location" not in answer.headers


def test_rfc6749_4_1_2_1_a_missing_client_or_a_repeated_one_is_not_sent_anywhere(provider: Provider, alice: Browser) -> None:
    """Without ``client_id``, or with two, it is not known whose redirect URI counts."""
    is_page(alice.get(provider.authorization(WEB, client_id=None).url), 400)
    is_page(alice.get(provider.authorization(WEB).url + "&client_id=other"), 400)


def test_rfc6749_3_1_2_4_a_repeated_redirect_uri_is_not_used(provider: Provider, alice: Browser) -> None:
    """With two redirect URIs, neither is used, even when both are registered."""
    url = provider.authorization(WEB).url
    for second in (CALLBACK, "https://evil.example/"):
        is_page(alice.get(f"{url}&{urlencode({'redirect_uri': second})}"), 400)


def test_rfc6749_3_1_2_3_of_several_redirect_uris_one_must_be_named(provider: Provider, alice: Browser) -> None:
    """A client with several registered redirect URIs has to say which it means."""
    is_page(alice.get(provider.authorization(URIS, redirect_uri=None, prompt="consent").url), 400)
    is_page(alice.get(provider.authorization(URIS, redirect_uri="", prompt="consent").url), 400)


def test_rfc6749_4_1_2_1_a_client_that_has_no_redirect_uri_goes_nowhere(provider: Provider, alice: Browser) -> None:
    """A client of the client credentials grant cannot ask people."""
    is_page(alice.get(provider.authorization(SERVICE, redirect_uri=None).url), 400)
    is_page(alice.get(provider.authorization(SERVICE, redirect_uri=CALLBACK).url), 400)


# Refused by redirect ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_challenge": None, "code_challenge_method": None}, "invalid_request"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge": ""}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"code_challenge": "x" * 129}, "invalid_request"),
        ({"code_challenge": "!" * 43}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": "s256"}, "invalid_request"),
        ({"code_challenge_method": "S512"}, "invalid_request"),
        ({"code_challenge_method": ""}, "invalid_request"),
    ],
)
def test_rfc7636_4_4_1_pkce_is_required_and_s256(provider: Provider, alice: Browser, changes: dict[str, str | None], error: str) -> None:
    """Mistake 2, Trap 1, Trap 2: no challenge, a plain one, and no method (which means plain) are refused, for confidential clients too."""
    for client in (WEB, APP):
        request = provider.authorization(client, **changes)
        is_sent_back(alice.get(request.url), error, request.state, provider.issuer)


@pytest.mark.parametrize("response_type", ["token", "id_token", "code token", "code id_token", "none", "CODE", "code code"])
def test_rfc9700_2_1_2_only_codes_are_given_out(provider: Provider, alice: Browser, response_type: str) -> None:
    """No implicit or hybrid answer: a token never stands in a URL, nor does the error come in a fragment with one."""
    request = provider.authorization(WEB, response_type=response_type, nonce="n-0S6_WzA2Mj")
    answer = alice.get(request.url)
    is_sent_back(answer, "unsupported_response_type", request.state, provider.issuer)
    assert "#" not in location(answer)


@pytest.mark.parametrize(
    ("client", "changes", "error"),
    [
        (WEB, {"response_type": None}, "invalid_request"),
        (WEB, {"scope": "unknown"}, "invalid_scope"),
        (WEB, {"scope": "profile root"}, "invalid_scope"),
        (WEB, {"scope": 'profile "quoted"'}, "invalid_scope"),
        (NO_REFRESH, {"scope": "profile notes:write"}, "invalid_scope"),
        (WEB, {"resource": "https://unknown.example/"}, "invalid_target"),
        (WEB, {"resource": "not a URI"}, "invalid_target"),
        (WEB, {"resource": f"{RESOURCES[0]}#fragment"}, "invalid_target"),
        (WEB, {"prompt": "none login"}, "invalid_request"),
        (WEB, {"prompt": "dance"}, "invalid_request"),
        (WEB, {"max_age": "soon"}, "invalid_request"),
        (WEB, {"max_age": "-1"}, "invalid_request"),
        (WEB, {"response_mode": "fragment"}, "invalid_request"),
        (WEB, {"response_mode": "form_post"}, "invalid_request"),
        (WEB, {"request": "eyJhbGciOiJub25lIn0.e30."}, "request_not_supported"),
        (WEB, {"request_uri": "https://client.example/request.jwt"}, "request_uri_not_supported"),
    ],
)
def test_rfc6749_4_1_2_1_errors_go_back_to_the_client(
    provider: Provider, alice: Browser, client: object, changes: dict[str, str | None], error: str
) -> None:
    """Each mistake of the client's is told to it by redirect, with state and issuer; an unsupported mode is not passed over (Trap 5)."""
    request = provider.authorization(client, **changes)  # type: ignore[arg-type]
    is_sent_back(alice.get(request.url), error, request.state, provider.issuer)


@pytest.mark.parametrize(
    "name", ["state", "scope", "response_type", "code_challenge", "code_challenge_method", "nonce", "prompt", "max_age"]
)
def test_rfc6749_3_1_a_parameter_is_given_once(provider: Provider, alice: Browser, name: str) -> None:
    """A repeated parameter is ``invalid_request``, even when both values are the same."""
    request = asked_again(provider, nonce="n-0S6_WzA2Mj", max_age="3600")
    answer = alice.get(f"{request.url}&{urlencode({name: request.parameters[name]})}")
    found = leaves_to(answer)
    assert ("invalid_request", provider.issuer) == (found["error"], found["iss"])
    assert "code" not in found


def test_rfc8707_2_several_resources_may_be_asked_for(provider: Provider, alice: Browser) -> None:
    """Trap 5: ``resource`` may repeat, all its values count, and the token is for all of them."""
    request = provider.authorization(WEB, prompt="consent", scope="profile notes:read")
    several = "&".join(f"resource={quote(resource, safe='')}" for resource in RESOURCES)
    answer = outcome(provider.decide(alice, f"{request.url}&{several}"))
    token = provider.redeem(request, answer["code"]).json()["access_token"]
    assert set(RESOURCES) == set(provider.introspect(WEB, token)["aud"])
    assert 401 == provider.api(token).status_code
    one_unknown = alice.get(f"{request.url}&{several}&resource=https%3A%2F%2Funknown.example%2F")
    is_sent_back(one_unknown, "invalid_target", request.state, provider.issuer)


@pytest.mark.tier("conformance")
@pytest.mark.parametrize("field", ["state", "login_hint", "nonce", "unknown"])
def test_mistake_3_what_came_from_the_request_is_escaped(provider: Provider, alice: Browser, field: str) -> None:
    """Mistake 3: markup in any parameter appears nowhere as markup, on the consent page or on the sign-in page."""
    request = asked_again(provider, **{field: SCRIPT})
    for browser in (alice, Browser()):
        page = browser.follow(browser.get(request.url))
        is_page(page)
        assert "<script" not in page.text


@pytest.mark.tier("conformance")
def test_mistake_3_a_clients_name_is_escaped(provider: Provider, bob: Browser) -> None:
    """Mistake 3: a client's name is written by a stranger, and shown as the text that it is."""
    page = bob.get(provider.authorization(HOSTILE_CLIENT, prompt="consent").url)
    is_page(page)
    assert "<script" not in page.text
    assert [] == list(Page(page).all("img"))
    assert HOSTILE in "".join(Page(page).strings)


@pytest.mark.tier("conformance")
def test_rfc9700_4_authorize_has_no_cors(provider: Provider, alice: Browser) -> None:
    """No script of another origin may read what the authorization endpoint answers (RFC 9700 §2.6)."""
    answer = alice.request("GET", asked_again(provider).url, headers={"Origin": "https://spa.example"})
    assert not [name for name in answer.headers if name.lower().startswith("access-control")]


def test_rfc6749_3_1_unknown_parameters_are_passed_over(provider: Provider, alice: Browser) -> None:
    """An extension that this server does not know changes nothing; names of its own attributes least of all."""
    smuggled = {"user": "bob", "client": "other", "scopes": "notes:write", "user_id": "1", "unknown": "x", "credentials": "y"}
    request = provider.authorization(WEB, prompt="consent", scope="openid profile")
    answer = outcome(provider.decide(alice, f"{request.url}&{urlencode(smuggled)}"))
    tokens = provider.redeem(request, answer["code"]).json()
    assert {"openid", "profile"} == set(tokens["scope"].split())
    assert "Alice Ärmel" == provider.api(tokens["access_token"]).json()["name"]


def test_rfc6749_3_1_a_request_may_come_without_a_signed_in_user_and_wrong(provider: Provider) -> None:
    """A wrong request is refused before anybody is asked to sign in."""
    is_page(send("GET", provider.authorization(WEB, client_id="unknown").url), 400)
    request = provider.authorization(WEB, code_challenge_method="plain")
    is_sent_back(send("GET", request.url), "invalid_request", request.state, provider.issuer)
