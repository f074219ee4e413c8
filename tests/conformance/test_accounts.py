"""Signing in and out, and the account page."""

from __future__ import annotations

import unicodedata
from typing import Literal
from urllib.parse import quote, urlsplit

import pytest

from frameworks.pages import Form
from tests.conformance.conftest import Served
from tests.conformance.facts import is_page, is_refused
from tests.driving.browser import Browser, Page, location, outcome, send
from tests.driving.provider import Provider, heading
from tests.driving.seed import ALICE, BOB, DEVICE, HMAC_CONSUMER, LIMITED, MALLORY, OTHER, OTHER_CONSUMER, POST_CLIENT, WEB

ELSEWHERE = [
    "https://evil.example/",
    "http://evil.example",
    "//evil.example",
    "///evil.example",
    "////evil.example/",
    "/\\evil.example",
    "\\/evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/\r\n/evil.example",
    "\t//evil.example",
    " //evil.example",
    "/ /evil.example",
    "https:evil.example",
    "https:/evil.example",
    "javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "/%2Fevil.example",
    "/%5Cevil.example",
    "/%09/evil.example",
    "evil.example",
    "@evil.example",
    "?next=https://evil.example",
    "#https://evil.example",
    "/account\r\nSet-Cookie: provider_session=evil",
    "/\x00/evil.example",
    "/．evil.example",
    "／／evil.example",
]


@pytest.fixture(scope="session")
def login_form(provider: Provider) -> Browser:
    """A browser on the sign-in page."""
    browser = Browser()
    is_page(browser.get(f"{provider.url}/login"))
    return browser


def test_rfc9700_4_11_2_a_local_next_is_followed(provider: Provider) -> None:
    """After signing in the browser goes on to ``next``, its query unchanged; without one to ``/account``."""
    for target in ("/device?user_code=BCDF-GHJK&x=%C3%A4%26", "/account"):
        browser = Browser()
        form = browser.get(f"{provider.url}/login?next={quote(target, safe='')}")
        answer = browser.submit(form, username=BOB["username"], password=BOB["password"])
        assert target == answer.headers["location"].removeprefix(provider.issuer)


@pytest.mark.tier("deployment")  # a framework with its own users may have its own check
@pytest.mark.parametrize("target", ELSEWHERE)
def test_mistake_4_a_next_that_leaves_this_host_is_not_followed(provider: Provider, target: str) -> None:
    """Mistake 4: however it is written, ``next`` leads nowhere but to a path of this host; the form does not carry it along unescaped."""
    browser = Browser()
    form = browser.get(f"{provider.url}/login?next={quote(target, safe='')}")
    if form.status_code == 400:
        return
    is_page(form)
    assert "<script" not in form.text
    answer = browser.submit(form, username=BOB["username"], password=BOB["password"])
    assert "set-cookie" not in answer.headers or "evil" not in answer.headers["set-cookie"]
    sent = answer.headers["location"]
    assert sent in ("/account", f"{provider.issuer}/account"), sent


def test_rfc9700_4_11_2_a_repeated_next_is_none(provider: Provider, login_form: Browser) -> None:
    """Two values of ``next`` are refused, or neither is used."""
    answer = login_form.get(f"{provider.url}/login?next=/account&next=//evil.example")
    assert answer.status_code in (200, 400)


@pytest.mark.tier("deployment")
@pytest.mark.parametrize(
    ("username", "password"),
    [
        ("alice", "wrong"),
        ("alice", ""),
        ("nobody", "wrong"),
        ("", ""),
        ("alice", "x" * 10_000),
        ("x" * 10_000, "wrong"),
        ("' OR 1=1 --", "' OR 1=1 --"),
        ("<script>alert(1)</script>", "x"),
        ("álice", "💥"),
        ("alice\x00", "x"),
    ],
    ids=lambda value: value[:12],
)
def test_a_wrong_name_or_password_is_422_and_does_not_say_which(
    provider: Provider, login_form: Browser, username: str, password: str
) -> None:
    """The form comes again with the same words for a known and an unknown name; what was typed is escaped, the password never shown."""
    page = login_form.submit(login_form.get(f"{provider.url}/login"), username=username, password=password)
    if "\x00" in username:
        assert page.status_code in (400, 422)
        return
    is_page(page, 422)
    assert "<script" not in page.text
    assert "location" not in page.headers
    fields = dict(Page(page).form("username", "password").fields)
    assert "" == fields["password"]
    reference = login_form.submit(login_form.get(f"{provider.url}/login"), username="somebody", password="wrong")
    assert heading(reference) == heading(page)


def test_rfc9700_4_a_sign_in_needs_the_forms_token(provider: Provider) -> None:
    """Login CSRF: a POST without the token of the form is 400 and signs nobody in."""
    browser = Browser()
    browser.get(f"{provider.url}/login")
    for token in ({}, {"csrf_token": ""}, {"csrf_token": "made-up"}):
        answer = browser.request("POST", f"{provider.url}/login", data={"username": "alice", "password": ALICE["password"], **token})
        is_page(answer, 400)
    assert "/login" == urlsplit(location(browser.get(f"{provider.url}/account"))).path


@pytest.mark.fault(4)
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_rfc8265_4_2_a_password_signs_in_however_a_keyboard_spells_it(provider: Provider, form: Literal["NFC", "NFD"]) -> None:
    """RFC 8265 §4.2.2: composed and decomposed letters are one, and so are the kinds of spaces."""
    typed = unicodedata.normalize(form, BOB["password"]).replace(" ", "\u3000")
    provider.sign_in(BOB | {"password": typed}, Browser())


def test_session_fixation_signing_in_begins_a_new_session(provider: Provider) -> None:
    """The cookie that a visitor had before signing in is worth nothing afterwards, and neither is the form's old token."""
    visitor = Browser()
    form = visitor.get(f"{provider.url}/login")
    planted = visitor.twin()
    before = dict(planted.cookies)
    provider.sign_in(ALICE, visitor)
    assert before != visitor.cookies
    assert "/login" == urlsplit(location(planted.get(f"{provider.url}/account"))).path
    old_token = dict(Page(form).form("username").fields)["csrf_token"]
    is_page(visitor.request("POST", f"{provider.url}/logout", data={"csrf_token": old_token}), 400)
    assert 200 == visitor.get(f"{provider.url}/account").status_code


def test_signing_in_as_somebody_else_leaves_nothing_of_the_first(provider: Provider) -> None:
    """The second user of a browser does not see the first one's account, nor use the first one's forms."""
    browser = provider.sign_in(ALICE)
    form = Page(browser.get(f"{provider.url}/logout")).forms[0]
    provider.sign_in(BOB, browser)
    page = browser.get(f"{provider.url}/account")
    assert (True, False) == ("Bob" in heading(page), "Alice" in heading(page))
    is_page(browser.request("POST", form.action, data=form.fields), 400)


def test_logout_by_get_changes_nothing(provider: Provider) -> None:
    """Signing out is a POST with the form's token; a link or an image of another site signs nobody out."""
    browser = provider.sign_in(ALICE)
    page = browser.get(f"{provider.url}/logout")
    is_page(page)
    is_page(browser.request("POST", f"{provider.url}/logout"), 400)
    is_page(browser.request("POST", f"{provider.url}/logout", data={"csrf_token": "made-up"}), 400)
    assert 200 == browser.get(f"{provider.url}/account").status_code
    signed_out = browser.submit(page)
    is_page(signed_out)
    assert "/login" == urlsplit(location(browser.get(f"{provider.url}/account"))).path


def test_logout_may_be_thought_better_of(provider: Provider) -> None:
    """``deny`` goes back to the account, still signed in."""
    browser = provider.sign_in(BOB)
    form = Page(browser.get(f"{provider.url}/logout")).forms[0]
    answer = browser.request("POST", f"{provider.url}/logout", data=[*form.fields, ("decision", "deny")])
    assert f"{provider.url}/account" == location(answer)
    assert 200 == browser.get(f"{provider.url}/account").status_code


@pytest.mark.tier("core")
def test_failed_sign_ins_are_limited_by_user_name(provider: Provider) -> None:
    """After ten failures of a name the answer is 429, for the right password too; other names go on."""
    user, browser = LIMITED[2], Browser()
    form = browser.get(f"{provider.url}/login")
    statuses = [browser.submit(form, username=user["username"], password="wrong").status_code for _ in range(11)]
    assert ([422] * 10, 429) == (statuses[:10], statuses[-1])
    refused = browser.submit(form, username=user["username"], password=user["password"])
    is_page(refused, 429)
    refused = browser.submit(form, username=user["username"].upper(), password=user["password"])
    assert refused.status_code in (422, 429)
    assert f"{provider.url}/account" == location(browser.submit(form, username=BOB["username"], password=BOB["password"]))


@pytest.mark.fault(10)
def test_behind_a_proxy_each_visitor_has_an_address(served: Served) -> None:
    """RFC 7239 §8.1: with OAUTH_TRUSTED_PROXIES=1 the last entry of X-Forwarded-For counts, and those that a visitor may write do not."""
    provider = served.provider("proxied")
    browser = Browser()
    form = Page(browser.get(f"{provider.url}/login")).form("username", "password")

    def guess(number: int, forwarded: str) -> int:
        wrong = {"username": f"nobody-{number}", "password": "wrong"}
        fields = [(name, wrong.get(name, value)) for name, value in form.fields]
        headers = {"X-Forwarded-For": forwarded}
        return browser.request("POST", f"{provider.url}/login", data=fields, headers=headers).status_code

    assert [422, 422, 422, 429] == [guess(number, f"192.0.2.{number}, 203.0.113.7") for number in range(4)]
    assert 422 == guess(5, "203.0.113.7, 203.0.113.8")


@pytest.mark.tier("core")
def test_failed_sign_ins_are_limited_by_address(served: Served) -> None:
    """Many failures from one address are 429 for every name; a header that names another address changes nothing."""
    provider = served.provider("limited")
    browser = Browser()
    form = browser.get(f"{provider.url}/login")
    statuses = [browser.submit(form, username=f"nobody-{number}", password="wrong").status_code for number in range(4)]
    assert [422, 422, 422, 429] == statuses
    is_page(browser.submit(form, username=BOB["username"], password=BOB["password"]), 429)
    forwarded = {"X-Forwarded-For": "203.0.113.7", "Forwarded": "for=203.0.113.7"}
    fields = [*Page(form).form("username").fields, ("username", "nobody"), ("password", "wrong")]
    fields = [pair for pair in fields if pair not in (("username", ""), ("password", ""))]
    is_page(browser.request("POST", f"{provider.url}/login", data=fields, headers=forwarded), 429)


# The account page --------------------------------------------------------------------------------------------------------------------


def _application(provider: Provider, browser: Browser, client_id: str) -> Form | None:
    """Return the form that takes an application's access away."""
    forms = Page(browser.get(f"{provider.url}/account")).forms
    return next((form for form in forms if ("client_id", client_id) in form.fields), None)


def test_the_account_page_is_for_who_is_signed_in(provider: Provider) -> None:
    """A visitor is sent to sign in, and back."""
    parts = urlsplit(location(Browser().get(f"{provider.url}/account")))
    assert ("/login", "next=%2Faccount") == (parts.path, parts.query.replace("next=/account", "next=%2Faccount"))


def test_rfc6749_10_3_a_user_takes_an_applications_access_away(provider: Provider) -> None:
    """Consent and every token of that application are gone: access, refresh, codes; other applications' and users' stay."""
    browser, other = provider.sign_in(MALLORY), provider.sign_in(BOB)
    request = provider.authorization(POST_CLIENT)
    waiting = provider.code(browser, request)
    tokens, others, bobs = provider.tokens(browser, POST_CLIENT), provider.tokens(browser, OTHER), provider.tokens(other, POST_CLIENT)
    form = _application(provider, browser, POST_CLIENT.client_id)
    assert form is not None
    assert "The web-post client" in heading(browser.get(f"{provider.url}/account"))
    answer = browser.request("POST", form.action, data=form.fields)
    assert f"{provider.url}/account" == location(answer)
    assert _application(provider, browser, POST_CLIENT.client_id) is None
    assert 401 == provider.api(tokens["access_token"]).status_code
    is_refused(provider.refresh(POST_CLIENT, tokens["refresh_token"]), "invalid_grant")
    is_refused(provider.redeem(request, waiting), "invalid_grant")
    assert [200, 200] == [provider.api(token["access_token"]).status_code for token in (others, bobs)]
    is_page(browser.get(provider.authorization(POST_CLIENT).url))


def test_rfc5849_a_user_takes_a_consumers_access_away(provider: Provider, alice: Browser) -> None:
    """OAuth 1.0a consumers are listed too; afterwards their token is 401, and another consumer's stays."""
    token, other = provider.oauth1_token(alice, HMAC_CONSUMER), provider.oauth1_token(alice, OTHER_CONSUMER)
    form = _application(provider, alice, HMAC_CONSUMER.consumer_key)
    assert form is not None
    alice.request("POST", form.action, data=form.fields)
    assert 401 == provider.signed(HMAC_CONSUMER, "/api/me", token, method="GET").status_code
    assert 200 == provider.signed(OTHER_CONSUMER, "/api/me", other, method="GET").status_code
    assert _application(provider, alice, HMAC_CONSUMER.consumer_key) is None


def test_a_device_is_listed_and_ended_like_any_application(provider: Provider) -> None:
    """A device that was let in can be shut out again."""
    browser = provider.sign_in(BOB)
    codes = provider.device(DEVICE, scope="profile")
    provider.type_code(browser, codes["user_code"])
    token = provider.poll(DEVICE, codes["device_code"]).json()["access_token"]
    form = _application(provider, browser, DEVICE.client_id)
    assert form is not None
    browser.request("POST", form.action, data=form.fields)
    assert 401 == provider.api(token).status_code


def test_access_is_taken_away_only_by_the_user_and_the_form(provider: Provider, alice: Browser, bob: Browser) -> None:
    """Without the form's token, with another protocol or a missing field: 400, nothing is gone; an unknown application is no crash."""
    token = provider.tokens(alice, WEB)["access_token"]
    provider.tokens(bob, WEB)
    form = _application(provider, alice, "web")
    assert form is not None
    url = f"{provider.url}/account"
    csrf = dict(form.fields)["csrf_token"]
    for data in (
        {"protocol": "oauth2", "client_id": "web"},
        {"protocol": "oauth2", "client_id": "web", "csrf_token": "made-up"},
        {"protocol": "oauth3", "client_id": "web", "csrf_token": csrf},
        {"client_id": "web", "csrf_token": csrf},
        {"protocol": "oauth2", "csrf_token": csrf},
        {"csrf_token": csrf},
    ):
        is_page(alice.request("POST", url, data=data), 400)
    is_page(alice.request("POST", url, data=[*form.fields, ("client_id", "other")]), 400)
    assert alice.request("POST", url, data={"protocol": "oauth2", "client_id": "unknown", "csrf_token": csrf}).status_code in (
        302,
        303,
        400,
    )
    bobs = _application(provider, bob, "web")
    assert bobs is not None
    bob.request("POST", bobs.action, data=bobs.fields)
    assert 200 == provider.api(token).status_code


def test_nobody_takes_access_away_when_signed_out(provider: Provider) -> None:
    """A POST of a visitor who is signed out changes nothing."""
    browser = Browser()
    csrf = dict(Page(browser.get(f"{provider.url}/login")).form("username").fields)["csrf_token"]
    data = {"protocol": "oauth2", "client_id": "web", "csrf_token": csrf}
    assert "/login" == urlsplit(location(browser.request("POST", f"{provider.url}/account", data=data))).path


def test_mistake_10_two_visitors_do_not_mix(provider: Provider, alice: Browser, bob: Browser) -> None:
    """Mistake 10: interleaved authorizations of two users each end with tokens of their own."""
    requests = [(browser, provider.authorization(WEB, prompt="consent")) for browser in (alice, bob)]
    open_pages = [browser.get(request.url) for browser, request in requests]
    answers = [browser.submit(page, button=("decision", "allow")) for (browser, _), page in zip(requests, open_pages, strict=True)]
    tokens = [provider.redeem(request, outcome(answer)["code"]).json() for (_, request), answer in zip(requests, answers, strict=True)]
    assert ["alice", "bob"] == [provider.api(token["access_token"]).json()["preferred_username"] for token in tokens]


def test_a_forged_session_cookie_is_nobody(provider: Provider) -> None:
    """A cookie that was made up or changed signs nobody in, and is no crash."""
    real = provider.sign_in(ALICE).cookies[urlsplit(provider.url).netloc]["provider_session"]
    for cookie in ("made-up", real[:-4], real[::-1], f"{real}x", "", "eyJ1c2VyX2lkIjoiMSJ9.aaaaaa.bbbbbb"):
        answer = send("GET", f"{provider.url}/account", headers={"Cookie": f"provider_session={cookie}"})
        assert "/login" == urlsplit(location(answer)).path, cookie
