"""Signing in elsewhere, as a person goes through it: from page to page, by clicking."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenBrowser
from tests.browser.examples import Examples
from tests.browser.visiting import OAUTH1, OPENID, arrive, button, choose, heading, log_in, press
from tests.driving import seed

IN_WORDS = ["Know who you are", "See your name and user name", "See your e-mail address", "Read your notes", "Write notes for you"]
ASKS = {OPENID: "The consumer", OAUTH1: seed.CONSUMER_CONSUMER.consumer_key}

pytestmark = pytest.mark.tier("deployment")

each_protocol = pytest.mark.parametrize("name", [OPENID, OAUTH1])


@pytest.mark.tier("conformance")
@each_protocol
def test_a_person_signs_in_uses_the_api_and_signs_out(page: Page, examples: Examples, name: str):
    """Both flows lead through the real pages (RFC 6749 §4.1, OpenID Connect Core §3.1, RFC 5849 §2)."""
    sign_in_use_the_api_and_sign_out(page, examples, name)


@pytest.mark.tier("core")  # no page of any example has a script
@each_protocol
def test_all_of_it_works_without_javascript(open_browser: OpenBrowser, examples: Examples, name: str):
    """The pages are plain forms and links."""
    sign_in_use_the_api_and_sign_out(open_browser(java_script_enabled=False), examples, name)


def sign_in_use_the_api_and_sign_out(page: Page, examples: Examples, name: str):
    """Go the whole way as a new user."""
    user = examples.new_person()
    choose(page, examples, name)
    log_in(page, user)
    heading(page, "Allow this application?")
    for told in (ASKS[name], user["username"], "127.0.0.1"):
        expect(page.get_by_role("definition").filter(has_text=told).first).to_be_visible()
    expect(page.get_by_role("listitem")).to_have_text(IN_WORDS)
    press(page, "Allow")
    heading(page, "Your profile")
    expect(page.get_by_role("main")).to_contain_text(user["name"])
    page.get_by_role("link", name="Notes").click()
    page.get_by_label("A new note").fill("Buy <b>bread</b>")
    press(page, "Add the note")
    expect(page.get_by_role("main").get_by_role("listitem")).to_have_text(["Buy <b>bread</b>"])
    page.get_by_role("link", name="Home").click()
    heading(page, "You are signed in")
    press(page, "Sign out")
    if name == OPENID:
        heading(page, "Sign out?")
        expect(page).to_have_url(re.compile(re.escape(f"{examples.provider_url}/oauth2/logout?")))
        press(page, "Sign out")
    heading(page, "Sign in")
    expect(page).to_have_url(f"{examples.consumer_url}/")


def test_signing_out_by_way_of_an_application_ends_the_providers_session_too(page: Page, examples: Examples):
    """Who agrees to sign out at the provider is asked for the password the next time (OpenID Connect RP-Initiated Logout §2)."""
    arrive(page, examples, OPENID, examples.new_person())
    page.goto(examples.consumer_url)
    press(page, "Sign out")
    press(page, "Sign out")
    choose(page, examples, OPENID)
    heading(page, "Sign in")
    expect(page).to_have_url(re.compile(re.escape(f"{examples.provider_url}/login?")))


def test_consent_is_asked_for_once(page: Page, examples: Examples):
    """Who has agreed before comes back to the application without a question."""
    arrive(page, examples, OPENID, examples.new_person())
    choose_again(page, examples)
    heading(page, "Your profile")


def choose_again(page: Page, examples: Examples) -> None:
    """Sign out at the consumer only, and sign in there again."""
    page.goto(examples.consumer_url)
    press(page, "Sign out")
    press(page, "Stay signed in")
    choose(page, examples, OPENID)


@each_protocol
def test_saying_no_ends_on_a_page_of_the_consumer_that_says_so(page: Page, examples: Examples, name: str):
    """A denied request comes back as an answer, which the consumer puts into words (RFC 6749 §4.1.2.1; Mistake 5)."""
    choose(page, examples, name)
    log_in(page, seed.BOB)
    press(page, "Deny")
    heading(page, "The sign-in has failed")
    expect(page).to_have_url(re.compile(re.escape(f"{examples.consumer_url}/callback/{name}?")))
    expect(page.get_by_text("You did not agree, so you are not signed in.")).to_be_visible()
    page.get_by_role("link", name="Back to the start").click()
    heading(page, "Sign in")


def test_a_wrong_password_is_said_and_the_right_one_still_leads_on(page: Page, examples: Examples):
    """The form comes back with the user name and a message that does not say which of the two was wrong."""
    user = seed.BOB
    choose(page, examples, OPENID)
    log_in(page, user, "wrong")
    expect(page.get_by_role("alert")).to_have_text("The user name or the password is wrong.")
    expect(page.get_by_label("User name")).to_have_value(user["username"])
    expect(page.get_by_label("Password")).to_have_value("")
    log_in(page, user)
    heading(page, "Allow this application?")


@each_protocol
def test_removing_an_application_on_the_account_page_ends_its_access(page: Page, examples: Examples, name: str):
    """What the user takes back is taken back at once, and the consumer says so where it wanted to use it."""
    arrive(page, examples, name, examples.new_person())
    page.goto(f"{examples.provider_url}/account")
    application = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name=ASKS[name]))
    with page.expect_navigation():
        application.get_by_role("button").click()
    expect(page.get_by_text("None yet.")).to_be_visible()
    page.goto(f"{examples.consumer_url}/notes")
    heading(page, "Your data cannot be reached")
    expect(page.get_by_text("The provider no longer lets this application in. Sign out, then sign in again.")).to_be_visible()


def test_a_person_connects_a_device_by_typing_its_code(page: Page, examples: Examples):
    """The code is found however it is typed, and shown again before the person decides (RFC 8628 §3.3, §5.4)."""
    device = examples.provider.device(seed.DEVICE, scope="notes:read")
    code = device["user_code"]
    page.goto(device["verification_uri"])
    log_in(page, examples.new_person())
    page.get_by_label("Code").fill(f" {code.lower().replace('-', ' ')} ")
    press(page, "Continue")
    heading(page, "Allow this device?")
    expect(page.get_by_text(code, exact=True)).to_be_visible()
    expect(page.get_by_role("listitem")).to_have_text(["Read your notes"])
    press(page, "Allow")
    heading(page, "Your device is connected")
    assert 200 == examples.provider.poll(seed.DEVICE, device["device_code"]).status_code


@each_protocol
def test_an_impatient_double_click_on_allow_leads_somewhere_readable(page: Page, examples: Examples, name: str):
    """Consent that is sent twice gets a page that a person can read, never an error of the server."""
    choose(page, examples, name)
    log_in(page, examples.new_person())
    button(page, "Allow").dblclick()
    readable = re.compile("Your profile|The sign-in has failed|This request cannot be answered")
    expect(page.get_by_role("heading", level=1)).to_have_text(readable)


@pytest.mark.fault(29)
def test_consent_given_in_two_tabs_signs_in_once(page: Page, examples: Examples):
    """The second answer to one attempt leads to the profile too: the user is signed in by then (Mistake 10)."""
    choose(page, examples, OPENID)
    log_in(page, examples.new_person())
    heading(page, "Allow this application?")
    second = page.context.new_page()
    second.goto(page.url)
    for tab in (page, second):
        press(tab, "Allow")
        heading(tab, "Your profile")


@each_protocol
def test_the_back_button_after_signing_in_leads_somewhere_readable(page: Page, examples: Examples, name: str):
    """Going back to the consent page, and on from there, gets pages that a person can read."""
    arrive(page, examples, name, examples.new_person())
    page.go_back()
    heading(page, {OPENID: "Your profile", OAUTH1: "This request cannot be answered"}[name])
    page.goto(examples.consumer_url)
    heading(page, "You are signed in")


def test_a_form_that_has_lost_its_session_says_what_to_do(page: Page, examples: Examples):
    """A form whose CSRF token no longer counts is refused in words for a person."""
    page.goto(f"{examples.provider_url}/login")
    page.context.clear_cookies()
    log_in(page, seed.BOB)
    heading(page, "This form is out of date")


def test_the_keyboard_alone_signs_in(page: Page, examples: Examples):
    """Tab and Enter lead from the consumer's first page to the profile, each step with the focus where a person expects it."""
    user = examples.new_person()
    page.goto(examples.consumer_url)
    for wanted, keys in (
        (button(page, "Sign in with Cookbook"), "\n"),
        (page.get_by_label("User name"), user["username"]),
        (page.get_by_label("Password"), f"{user['password']}\n"),
        (button(page, "Allow"), "\n"),
    ):
        wanted.wait_for()
        page.keyboard.press("Tab")
        expect(wanted).to_be_focused()
        page.keyboard.type(keys)
    heading(page, "Your profile")
