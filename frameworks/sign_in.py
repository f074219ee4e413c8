"""A flow: a user signs in at a provider through a consumer, uses its API, and signs out."""

from __future__ import annotations

import textwrap
from collections.abc import Callable

from frameworks.browser import Browser, Page
from frameworks.registration import PROTOCOLS, Person, Registration

_SHOWN = 300


class FlowError(Exception):
    """A step of the flow led to the wrong page."""


def run_flow(
    registration: Registration,
    person: Person,
    protocol: str,
    done: Callable[[str], None],
    *,
    notes: bool = True,
) -> None:
    """Go through the pages of consumer and provider, in a new browser.

    Args:
        registration: the consumer, and the provider where it is registered.
        person: the user who has an account there.
        protocol: a key of `PROTOCOLS`.
        done: called with a description of each step that was done.
        notes: whether the consumer has a page of notes.

    Raises:
        FlowError: a step led to another page.
        OSError: the consumer or the provider does not answer.
    """
    browser = Browser()
    sign_in(browser, registration, person, protocol)
    done(f"{registration.table(protocol)} says that this is {person.name}")
    if notes:
        write_note(browser, registration, protocol)
        done("the consumer has written and read a note through the provider's API")
    sign_out(browser, registration)
    done("signed out")


def sign_in(browser: Browser, registration: Registration, person: Person, protocol: str) -> None:
    """Sign in at the provider through the consumer, and allow it. Raises as `run_flow` does."""
    page = press(
        browser, browser.get(registration.consumer_url), f"/login/{registration.table(protocol)}"
    )
    page = fill(browser, page, "password", username=person.username, password=person.password)
    page = fill(browser, page, "decision", decision="allow")
    _expect(page, f"{registration.consumer_url}/profile", person.name)


def write_note(browser: Browser, registration: Registration, protocol: str) -> None:
    """Write a note on the consumer's page, and read it there. Raises as `run_flow` does."""
    url, note = (
        f"{registration.consumer_url}/notes",
        f"written by {registration.consumer} over {PROTOCOLS[protocol]}",
    )
    _expect(fill(browser, browser.get(url), "text", text=note), url, note)


def sign_out(browser: Browser, registration: Registration) -> None:
    """Sign out of the consumer, and of the provider if it asks. Raises as `run_flow` does."""
    consumer = registration.consumer_url
    page = press(browser, browser.get(consumer), "/logout")
    if page.url.startswith(f"{registration.provider_url}/oauth2/logout"):
        page = fill(browser, page, "decision", decision="allow")
    _expect(page, f"{consumer}/", "")
    _expect(browser.get(f"{consumer}/profile"), f"{consumer}/", "")


def press(browser: Browser, page: Page, path: str) -> Page:
    """Press the button of the form for a path. Raises `FlowError` if there is none."""
    form = page.form_to(path)
    if form is None:
        raise FlowError(f"there is no button for {path} on {_seen(page)}")
    return browser.send(page, form)


def fill(browser: Browser, page: Page, name: str, **fields: str) -> Page:
    """Fill in and send the form with a field of this name. Raises `FlowError` if there is none."""
    form = page.form_with(name)
    if form is None:
        raise FlowError(f"there is no form for {name} on {_seen(page)}")
    return browser.send(page, form, **fields)


def _expect(page: Page, url: str, text: str) -> None:
    if (page.status, page.url.rstrip("/")) != (200, url.rstrip("/")) or text not in page.text:
        raise FlowError(f"expected {url} with {text!r}, but came to {_seen(page)}")


def _seen(page: Page) -> str:
    return f"{page.url.partition('?')[0]} ({page.status}): {textwrap.shorten(page.text, _SHOWN, placeholder=' …')}"
