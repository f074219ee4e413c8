"""The pages of the application, and their protection."""

import tomllib

import pytest

from tests.browser import forms
from tests.provider import PERSON
from tests.server import PROJECT


def test_the_application_is_healthy(browser):
    """The database can be reached."""
    answer = browser.get("/healthz")
    assert (200, {"status": "ok"}) == (answer.status_code, answer.json())


def test_the_first_page_offers_each_provider(browser):
    """Each table of `providers.toml` is accepted, and has a button."""
    own = tomllib.loads((PROJECT / "providers.toml").read_text(encoding="utf-8"))
    assert {f"/login/{name}" for name in (*own, "stand-in")} == forms(browser.get("/")).keys()


@pytest.mark.parametrize(("path", "status"), [("/", 200), ("/profile", 200), ("/callback/stand-in", 400), ("/nowhere", 404)])
def test_a_page_runs_no_script_and_stands_in_no_frame(signed_in, path, status):
    """Error pages are protected too."""
    page = signed_in.get(path)
    policy = page.headers["content-security-policy"]
    assert status == page.status_code
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "nosniff" == page.headers["x-content-type-options"]


def test_the_profile_is_for_who_has_signed_in(browser):
    """Other visitors are redirected to the home page."""
    assert "/" == browser.get("/profile").headers.get("location")


def test_another_site_begins_no_sign_in(browser):
    """Without the CSRF token of the home page, there is no redirect to a provider."""
    browser.get("/")
    assert 400 == browser.post("/login/stand-in").status_code


def test_another_site_signs_nobody_out(signed_in):
    """Without the CSRF token of a page, the session continues."""
    assert 400 == signed_in.post("/logout").status_code
    assert PERSON["name"] in signed_in.get("/profile").text
