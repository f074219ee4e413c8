"""The device grant (RFC 8628)."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.conformance.conftest import RESOURCES
from tests.conformance.facts import is_json, is_not_stored, is_page, is_refused
from tests.driving.browser import Browser, Page, location, send
from tests.driving.provider import Provider, heading
from tests.driving.seed import ALICE, DEVICE, HOSTILE, LIMITED, MALLORY, OTHER, SECRET_DEVICE, WEB, Client

pytestmark = pytest.mark.tier("core")

USER_CODE = re.compile(r"[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}")


@pytest.mark.tier("conformance")
@pytest.mark.parametrize("client", [DEVICE, SECRET_DEVICE], ids=lambda client: client.client_id)
def test_rfc8628_3_2_a_device_gets_a_code_that_a_person_can_type(provider: Provider, client: Client) -> None:
    """Trap 6: the user code is 8 letters without vowels in two groups; the URLs are absolute; no cache keeps the answer."""
    answer = provider.call("/oauth2/device_authorization", client, {"scope": "profile"})
    is_json(answer)
    is_not_stored(answer)
    codes = answer.json()
    assert USER_CODE.fullmatch(codes["user_code"])
    assert f"{provider.issuer}/device" == codes["verification_uri"]
    assert f"{provider.issuer}/device?user_code={codes['user_code']}" == codes["verification_uri_complete"]
    assert (600, 5) == (codes["expires_in"], codes["interval"])
    assert len(codes["device_code"]) >= 22


@pytest.mark.tier("conformance")
def test_rfc8628_3_4_the_whole_flow_of_a_device(provider: Provider, alice: Browser) -> None:
    """Pending, then approved on another machine, then tokens, once."""
    codes = provider.device(DEVICE, scope="openid profile")
    is_refused(provider.poll(DEVICE, codes["device_code"]), "authorization_pending")
    page = provider.type_code(alice, codes["user_code"], decision=None)
    is_page(page)
    for words in ("The device client", "See your name", codes["user_code"]):
        assert words in heading(page)
    is_page(alice.submit(page, button=("decision", "allow")))
    answer = provider.poll(DEVICE, codes["device_code"])
    is_json(answer)
    is_not_stored(answer)
    tokens = answer.json()
    assert {"openid", "profile"} == set(tokens["scope"].split())
    assert "Alice Ärmel" == provider.api(tokens["access_token"]).json()["name"]
    assert 200 == provider.refresh(DEVICE, tokens["refresh_token"]).status_code
    is_refused(provider.poll(DEVICE, codes["device_code"]), "invalid_grant")


def test_rfc8628_3_5_a_device_that_asks_too_often_slows_down(provider: Provider) -> None:
    """Within the interval the answer is ``slow_down``."""
    codes = provider.device(DEVICE, scope="profile")
    is_refused(provider.poll(DEVICE, codes["device_code"]), "authorization_pending")
    is_refused(provider.poll(DEVICE, codes["device_code"]), "slow_down")


@pytest.mark.tier("conformance")
def test_rfc8628_3_5_a_person_may_say_no(provider: Provider, alice: Browser) -> None:
    """After "deny" the device is told ``access_denied``, and the code cannot be answered again."""
    codes = provider.device(DEVICE, scope="profile")
    is_page(provider.type_code(alice, codes["user_code"], "deny"))
    is_refused(provider.poll(DEVICE, codes["device_code"]), "access_denied")
    is_page(provider.type_code(alice, codes["user_code"], None), 400)


@pytest.mark.tier("conformance")
def test_rfc8628_3_3_1_the_complete_link_shows_the_code_again(provider: Provider, alice: Browser) -> None:
    """The link with the code asks at once, and shows the code for the person to compare (remote phishing, RFC 8628 §5.4)."""
    codes = provider.device(DEVICE, scope="profile")
    path = urlsplit(codes["verification_uri_complete"])
    page = alice.get(f"{provider.url}{path.path}?{path.query}")
    is_page(page)
    assert codes["user_code"] in heading(page)
    is_page(alice.submit(page, button=("decision", "allow")))
    assert 200 == provider.poll(DEVICE, codes["device_code"]).status_code


@pytest.mark.tier("conformance")
def test_rfc8628_3_3_1_the_code_outlives_the_sign_in(provider: Provider) -> None:
    """Whoever is not signed in signs in first, and comes back to the question."""
    codes = provider.device(DEVICE, scope="profile")
    browser = Browser()
    redirect = browser.get(f"{provider.url}/device?user_code={codes['user_code']}")
    assert f"/device?user_code={codes['user_code']}" == dict(parse_qsl(urlsplit(location(redirect)).query))["next"]
    page = browser.submit(browser.get(location(redirect)), username=ALICE["username"], password=ALICE["password"])
    assert codes["user_code"] in heading(browser.follow(page))


@pytest.mark.parametrize("typing", [str.lower, lambda code: code.replace("-", ""), lambda code: f" {code.replace('-', ' ')} "])
def test_rfc8628_6_1_a_code_may_be_typed_in_any_way(provider: Provider, alice: Browser, typing: object) -> None:
    """Case, spaces and the hyphen do not matter."""
    codes = provider.device(DEVICE, scope="profile")
    is_page(provider.type_code(alice, typing(codes["user_code"])))  # type: ignore[operator]
    assert 200 == provider.poll(DEVICE, codes["device_code"]).status_code


@pytest.mark.tier("conformance")
@pytest.mark.parametrize("user_code", ["", "BCDF-GHJK", "x", "<script>alert(1)</script>", "B" * 5000, "ÄÖÜ", "💥"])
def test_rfc8628_3_3_an_unknown_code_brings_the_form_back(provider: Provider, alice: Browser, bob: Browser, user_code: str) -> None:
    """An unknown code is 400 with the form, and what was typed is escaped (Mistake 3)."""
    page = provider.type_code(bob, user_code, None)
    is_page(page, 400)
    assert "<script" not in page.text
    assert Page(page).form("user_code")
    via_link = alice.get(f"{provider.url}/device", user_code=user_code)
    assert via_link.status_code in (200, 400)
    assert "<script" not in via_link.text


def test_rfc8628_5_1_guessing_codes_is_limited(provider: Provider) -> None:
    """After too many wrong codes the answer is 429, for a right one too: 34 bits are few."""
    browser = provider.sign_in(LIMITED[0])
    statuses = [provider.type_code(browser, f"BCDF-GHJ{letter}", None).status_code for letter in "BCDFGHJKLMN"]
    assert ([400] * 10, 429) == (statuses[:10], statuses[-1])
    codes = provider.device(DEVICE, scope="profile")
    is_page(provider.type_code(browser, codes["user_code"], None), 429)


@pytest.mark.tier("conformance")
def test_rfc8628_5_4_a_decision_without_csrf_token_changes_nothing(provider: Provider, alice: Browser) -> None:
    """Mistake 5: neither the code nor the decision counts without the token of the form."""
    codes = provider.device(DEVICE, scope="profile")
    for fields in ({}, {"csrf_token": ""}, {"csrf_token": "made-up"}):
        is_page(alice.request("POST", f"{provider.url}/device", data={"user_code": codes["user_code"], "decision": "allow", **fields}), 400)
    is_refused(provider.poll(DEVICE, codes["device_code"]), "authorization_pending")


def test_rfc8628_3_3_only_allow_and_deny_are_decisions(provider: Provider, alice: Browser) -> None:
    """Another decision, two decisions or two codes are 400 and decide nothing."""
    codes = provider.device(DEVICE, scope="profile")
    fields = Page(provider.type_code(alice, codes["user_code"], None)).form("decision").fields
    for more in ([("decision", "yes")], [("decision", "allow"), ("decision", "deny")], [("user_code", "BCDF-GHJK"), ("decision", "allow")]):
        is_page(alice.request("POST", f"{provider.url}/device", data=[*fields, *more]), 400)
    is_refused(provider.poll(DEVICE, codes["device_code"]), "authorization_pending")


def test_rfc8628_3_4_a_device_code_is_its_clients(provider: Provider, alice: Browser) -> None:
    """Another client gets ``invalid_grant``, an unauthorized one ``unauthorized_client``; the device's own goes on."""
    codes = provider.device(DEVICE, scope="profile")
    provider.type_code(alice, codes["user_code"])
    is_refused(provider.poll(SECRET_DEVICE, codes["device_code"]), "invalid_grant")
    is_refused(provider.poll(WEB, codes["device_code"]), "unauthorized_client")
    assert 200 == provider.poll(DEVICE, codes["device_code"]).status_code


@pytest.mark.tier("conformance")
@pytest.mark.parametrize("device_code", ["unknown", "x" * 5000, "é"])
def test_rfc8628_3_5_an_unknown_device_code_is_refused(provider: Provider, device_code: str) -> None:
    """A device code that was never given out is ``invalid_grant``; without one the request is ``invalid_request``."""
    is_refused(provider.poll(DEVICE, device_code), "invalid_grant")
    is_refused(provider.poll(DEVICE, ""), "invalid_request")


def test_rfc8628_3_1_a_device_asks_for_what_it_may_have(provider: Provider) -> None:
    """Unknown scopes and resources, clients without the grant and repeated parameters are refused with the code of RFC 6749 §5.2."""
    path = "/oauth2/device_authorization"
    is_refused(provider.call(path, DEVICE, {"scope": "unknown"}), "invalid_scope")
    is_refused(provider.call(path, DEVICE, {"scope": "profile", "resource": "https://unknown.example/"}), "invalid_target")
    is_refused(provider.call(path, OTHER, {"scope": "profile"}), "unauthorized_client")
    is_refused(provider.call(path, DEVICE, [("scope", "profile"), ("scope", "profile")]), "invalid_request")
    is_refused(send("POST", f"{provider.url}{path}?client_id=device", data={"scope": "profile"}), "invalid_request")
    is_refused(send("POST", f"{provider.url}{path}", data={"client_id": "unknown"}), "invalid_client", 401)
    is_refused(send("POST", f"{provider.url}{path}", data={"client_id": SECRET_DEVICE.client_id}), "invalid_client", 401)


def test_rfc8707_2_a_device_may_ask_for_a_resource(provider: Provider, alice: Browser) -> None:
    """The token of a device is for the resource that it asked for."""
    codes = provider.device(SECRET_DEVICE, scope="notes:read", resource=RESOURCES[0])
    provider.type_code(alice, codes["user_code"])
    token = provider.poll(SECRET_DEVICE, codes["device_code"]).json()["access_token"]
    assert [RESOURCES[0]] == provider.introspect(SECRET_DEVICE, token)["aud"]


@pytest.mark.tier("conformance")
def test_mistake_3_names_are_escaped_wherever_they_stand(provider: Provider) -> None:
    """Mistake 3: the name of a person with markup in it is shown as text on each page that knows it, and travels unharmed in claims."""
    browser = provider.sign_in(MALLORY)
    codes = provider.device(DEVICE, scope="profile")
    for page in (
        provider.type_code(browser, codes["user_code"], None),
        browser.get(f"{provider.url}/account"),
        browser.get(provider.authorization(WEB, prompt="consent").url),
        browser.get(f"{provider.url}/logout"),
    ):
        is_page(page)
        assert "<script" not in page.text
        assert [] == list(Page(page).all("img"))
    claims = provider.api(provider.tokens(browser, WEB)["access_token"]).json()
    assert (MALLORY["username"], HOSTILE) == (claims["preferred_username"], claims["name"])
