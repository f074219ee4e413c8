"""Signing in at a provider, with an authorization code and PKCE, and signing out."""

import httpx2
import pytest

from tests.browser import Browser, forms
from tests.provider import CLIENT_ID, PERSON


def ask(browser):
    """Start a sign-in, and return the URL of the redirect: the provider's, with an authorization request."""
    answer = browser.submit(browser.get("/"), "/login/stand-in")
    assert answer.is_redirect, answer.text
    return httpx2.URL(answer.headers["location"])


@pytest.fixture
def callback(browser):
    """The URL where the provider sends a user who has agreed: the application's, with a code."""
    return httpx2.URL(browser.get(ask(browser)).headers["location"])


def test_the_provider_is_asked_for_a_code(url, browser, provider):
    """The request names the client, where the answer goes, and an S256 challenge (RFC 6749 §4.1.1, RFC 7636 §4.3)."""
    request = ask(browser)
    assert f"{provider.url}/authorize" == str(request.copy_with(query=None))
    assert ("code", CLIENT_ID) == (request.params["response_type"], request.params["client_id"])
    assert f"{url}/callback/stand-in" == request.params["redirect_uri"]
    assert "S256" == request.params["code_challenge_method"]


def test_each_sign_in_has_a_state_and_a_challenge_of_its_own(browser):
    """Nobody can guess them, and an answer belongs to one attempt (RFC 9700 §2.1.1, §4.7)."""
    first, second = ask(browser).params, ask(browser).params
    for name in ("state", "code_challenge"):
        assert 32 <= len(first[name])
        assert first[name] != second[name]


def test_a_person_signs_in(browser, callback):
    """The provider says who it is, and the profile shows it."""
    assert "/profile" == browser.get(callback).headers.get("location")
    assert PERSON["name"] in browser.get("/profile").text
    assert {"/logout"} == forms(browser.get("/")).keys()


def test_a_person_signs_out(signed_in):
    """After that the profile is closed."""
    signed_in.submit(signed_in.get("/"), "/logout")
    assert "/" == signed_in.get("/profile").headers.get("location")


def test_signing_in_begins_a_new_session(url, browser, callback):
    """Planting a session in a user's browser does not sign in the attacker with them (session fixation)."""
    with Browser(url) as attacker:
        attacker.cookies.update(browser.cookies)
        browser.get(callback)
        assert "/" == attacker.get("/profile").headers.get("location")


def test_an_answer_with_another_state_is_refused(browser, callback):
    """An unsolicited answer signs no one in (RFC 9700 §4.7)."""
    assert 400 == browser.get(callback.copy_set_param("state", "another")).status_code
    assert 400 == browser.get(callback.copy_remove_param("state")).status_code
    assert "/" == browser.get("/profile").headers.get("location")


def test_an_answer_in_another_browser_is_refused(url, callback):
    """A link does not sign you in as the person who sent it (RFC 9700 §4.7)."""
    with Browser(url) as other:
        other.get("/")
        assert 400 == other.get(callback).status_code
        assert "/" == other.get("/profile").headers.get("location")


def test_an_answer_counts_once(browser, callback):
    """A URL from the browser's history signs no one in."""
    browser.get(callback)
    browser.submit(browser.get("/"), "/logout")
    assert 400 == browser.get(callback).status_code
    assert "/" == browser.get("/profile").headers.get("location")


def test_a_person_may_refuse_at_the_provider(browser):
    """A page says that the user is not signed in (RFC 6749 §4.1.2.1)."""
    state = ask(browser).params["state"]
    page = browser.get("/callback/stand-in", params={"error": "access_denied", "state": state})
    assert 400 == page.status_code
    assert "You did not agree" in page.text
    assert "/" == browser.get("/profile").headers.get("location")
