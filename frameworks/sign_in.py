"""A flow: a user signs in at a provider through a consumer, uses its API, and signs out."""

from __future__ import annotations

from collections.abc import Callable

from frameworks.browser import Browser
from frameworks.pages import Page, PageError
from frameworks.registration import PROTOCOLS, Person, Registration


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
        PageError: a step led to another page.
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
    page = browser.get(registration.consumer_url)
    page = browser.submit(page, f"/login/{registration.table(protocol)}")
    page = browser.submit(page, username=person.username, password=person.password)
    page = browser.submit(page, decision="allow")
    _expect(page, f"{registration.consumer_url}/profile", person.name)


def write_note(browser: Browser, registration: Registration, protocol: str) -> None:
    """Write a note on the consumer's page, and read it there. Raises as `run_flow` does."""
    url, note = (
        f"{registration.consumer_url}/notes",
        f"written by {registration.consumer} over {PROTOCOLS[protocol]}",
    )
    _expect(browser.submit(browser.get(url), text=note), url, note)


def sign_out(browser: Browser, registration: Registration) -> None:
    """Sign out of the consumer, and of the provider if it asks. Raises as `run_flow` does."""
    consumer = registration.consumer_url
    page = browser.submit(browser.get(consumer), "/logout")
    if page.url.startswith(f"{registration.provider_url}/oauth2/logout"):
        page = browser.submit(page, decision="allow")
    _expect(page, f"{consumer}/", "")
    _expect(browser.get(f"{consumer}/profile"), f"{consumer}/", "")


def _expect(page: Page, url: str, text: str) -> None:
    if (page.status, page.url.rstrip("/")) != (200, url.rstrip("/")) or text not in page.text:
        raise PageError(f"expected {url} with {text!r}, but came to {page}")
