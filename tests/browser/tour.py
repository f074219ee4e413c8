"""Every page, in every state that a person can bring about, one after the other."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlencode

from playwright.sync_api import Page

from tests.browser.examples import Examples
from tests.browser.visiting import OAUTH1, OPENID, arrive, choose, heading, log_in, press
from tests.driving import seed


def tour(page: Page, examples: Examples) -> Iterator[str]:
    """Lead a browser through all the pages; it may look around whenever this yields the name of what it sees, and must stay there."""
    yield from _arriving(page, examples)
    yield from _at_the_consumer(page, examples)
    yield from _device(page, examples)
    yield from _account(page, examples)
    yield from _hostile(page, examples)
    yield from _out_of_band(page, examples)
    yield from _errors(page, examples)
    yield from _leaving(page, examples)


def _arriving(page: Page, examples: Examples) -> Iterator[str]:
    user = examples.new_person()
    page.goto(examples.consumer_url)
    yield "consumer: home, signed out"
    choose(page, examples, OPENID)
    yield "provider: sign in"
    log_in(page, user, "wrong")
    yield "provider: sign in, wrong password"
    log_in(page, user)
    heading(page, "Allow this application?")
    yield "provider: consent"
    press(page, "Deny")
    heading(page, "The sign-in has failed")
    yield "consumer: denied"
    choose(page, examples, OAUTH1)
    yield "provider: OAuth 1.0a consent"
    press(page, "Allow")
    page.goto(f"{examples.provider_url}/account")
    yield "provider: account, one application"


def _at_the_consumer(page: Page, examples: Examples) -> Iterator[str]:
    page.context.clear_cookies()
    arrive(page, examples, OPENID, examples.new_person())
    yield "consumer: profile"
    page.goto(f"{examples.consumer_url}/notes")
    yield "consumer: notes, none"
    for text in ("Buy bread", "A second line\nfollows the first", "x" * 200):
        page.get_by_label("A new note").fill(text)
        press(page, "Add the note")
    yield "consumer: notes"
    # A field takes 4000 characters, but sends each end of a line as two.
    page.get_by_label("A new note").fill("A long note\n" * 330)
    press(page, "Add the note")
    yield "consumer: notes, refused"
    page.goto(examples.consumer_url)
    yield "consumer: home, signed in"


def _device(page: Page, examples: Examples) -> Iterator[str]:
    for decision in ("Deny", "Allow"):
        code = examples.provider.device(seed.DEVICE, scope=seed.ALL_SCOPES)["user_code"]
        page.goto(f"{examples.provider_url}/device")
        if decision == "Deny":
            yield "provider: device"
            page.get_by_label("Code").fill("BBBB-BBBB")
            press(page, "Continue")
            yield "provider: device, wrong code"
        page.get_by_label("Code").fill(code)
        press(page, "Continue")
        if decision == "Deny":
            yield "provider: device consent"
        press(page, decision)
        yield f"provider: device, after {decision}"


def _account(page: Page, examples: Examples) -> Iterator[str]:
    page.goto(f"{examples.provider_url}/account")
    yield "provider: account, two applications"
    with page.expect_navigation():
        page.get_by_role("listitem").filter(has_text="The consumer").get_by_role("button").click()
    page.goto(f"{examples.consumer_url}/notes")
    yield "consumer: notes, access removed"


def _hostile(page: Page, examples: Examples) -> Iterator[str]:
    page.goto(examples.provider.authorization(seed.HOSTILE_CLIENT).url)
    heading(page, "Allow this application?")
    yield "provider: consent for a hostile name"


def _out_of_band(page: Page, examples: Examples) -> Iterator[str]:
    for decision in ("Deny", "Allow"):
        temporary = examples.provider.temporary_credentials(seed.HMAC_CONSUMER, "oob")
        page.goto(f"{examples.provider_url}/oauth1/authorize?oauth_token={temporary.key}")
        press(page, decision)
        yield f"provider: OAuth 1.0a out of band, after {decision}"


def _errors(page: Page, examples: Examples) -> Iterator[str]:
    for name, url in {
        "provider: unknown client": f"{examples.provider_url}/oauth2/authorize?{urlencode({'client_id': 'nobody'})}",
        "provider: unknown OAuth 1.0a request": f"{examples.provider_url}/oauth1/authorize?oauth_token=unknown",
        "provider: no such page": f"{examples.provider_url}/nowhere",
        "consumer: no such page": f"{examples.consumer_url}/nowhere",
        "consumer: unknown attempt": f"{examples.consumer_url}/callback/{OPENID}?state=unknown&code=unknown",
    }.items():
        page.goto(url)
        yield name
    page.goto(f"{examples.provider_url}/logout")
    page.context.clear_cookies()
    press(page, "Sign out")
    yield "provider: form without its session"


def _leaving(page: Page, examples: Examples) -> Iterator[str]:
    user = examples.new_person()
    arrive(page, examples, OPENID, user)
    page.goto(examples.consumer_url)
    press(page, "Sign out")
    yield "provider: sign out, asked by an application"
    page.goto(f"{examples.provider_url}/account")
    press(page, "Sign out")
    yield "provider: signed out"
    page.goto(f"{examples.provider_url}/logout")
    yield "provider: sign out"
    page.goto(f"{examples.provider_url}/login")
    for _ in range(4):
        log_in(page, user, "wrong")
    yield "provider: sign in, too many tries"
