"""The pages of the provider: signing in and out, and their protection."""

import pytest

from tests.registered import PERSON


def test_the_provider_is_healthy(browser):
    """The database can be reached."""
    answer = browser.get("/healthz")
    assert (200, {"status": "ok"}) == (answer.status_code, answer.json())


@pytest.mark.parametrize(("path", "status"), [("/login", 200), ("/logout", 200), ("/oauth2/authorize", 400), ("/nowhere", 404)])
def test_a_page_runs_no_script_and_stands_in_no_frame(browser, path, status):
    """No site can put a consent page under its own buttons (RFC 9700 §4.16). Error pages are protected too."""
    page = browser.get(path)
    policy = page.headers["content-security-policy"]
    assert status == page.status_code
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "nosniff" == page.headers["x-content-type-options"]


def test_signing_in_and_out(browser):
    """The right password gives access to the account, until the user signs out."""
    assert "/login" == browser.get("/account").next_request.url.path
    browser.submit(browser.get("/login"), username=PERSON["username"], password=PERSON["password"])
    assert 200 == browser.get("/account").status_code
    browser.submit(browser.get("/logout"))
    assert "/login" == browser.get("/account").next_request.url.path


def test_a_wrong_password_is_refused(browser):
    """The form is shown again, and the user is not signed in."""
    answer = browser.submit(browser.get("/login"), username=PERSON["username"], password="wrong")
    assert 422 == answer.status_code
    assert "/login" == browser.get("/account").next_request.url.path


def test_a_form_of_another_site_is_refused(browser):
    """Without the CSRF token of its page a form is refused, even with the right password."""
    browser.get("/login")
    answer = browser.post("/login", data={"username": PERSON["username"], "password": PERSON["password"]})
    assert 400 == answer.status_code
    assert "/login" == browser.get("/account").next_request.url.path
