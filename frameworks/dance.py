"""The dance: a person signs in at a provider through a consumer, uses the API there, and signs out."""

from __future__ import annotations

import textwrap
from collections.abc import Callable

from frameworks.browser import Browser, Page
from frameworks.registration import PROTOCOLS, Person, Registration

_SHOWN = 300


class DanceError(Exception):
    """A step of the dance did not lead where it should."""


def dance(registration: Registration, person: Person, protocol: str, done: Callable[[str], None], *, notes: bool = True) -> None:
    """Dance through the pages of consumer and provider, in a browser of its own.

    Args:
        registration: the consumer, and the provider at which it is registered.
        person: who has an account there.
        protocol: a key of `PROTOCOLS`.
        done: is told what was done.
        notes: whether the consumer has a page of notes.

    Raises:
        DanceError: a step led elsewhere.
        OSError: somebody does not answer.
    """
    browser, consumer, table = Browser(), registration.consumer_url, registration.table(protocol)
    page = _press(browser, browser.get(consumer), f"/login/{table}")
    page = _fill(browser, page, "password", username=person.username, password=person.password)
    page = _fill(browser, page, "decision", decision="allow")
    _expect(page, f"{consumer}/profile", person.name)
    done(f"{table} says that this is {person.name}")
    if notes:
        note = f"written by {registration.consumer} over {PROTOCOLS[protocol]}"
        page = _fill(browser, browser.get(f"{consumer}/notes"), "text", text=note)
        _expect(page, f"{consumer}/notes", note)
        done("the consumer has written and read a note through the provider's API")
    page = _press(browser, browser.get(consumer), "/logout")
    if page.url.startswith(f"{registration.provider_url}/oauth2/logout"):
        page = _fill(browser, page, "decision", decision="allow")
    _expect(page, f"{consumer}/", "")
    _expect(browser.get(f"{consumer}/profile"), f"{consumer}/", "")
    done("signed out")


def _press(browser: Browser, page: Page, path: str) -> Page:
    form = page.form_to(path)
    if form is None:
        raise DanceError(f"there is no button for {path} on {_seen(page)}")
    return browser.send(page, form)


def _fill(browser: Browser, page: Page, name: str, **fields: str) -> Page:
    form = page.form_with(name)
    if form is None:
        raise DanceError(f"there is no form for {name} on {_seen(page)}")
    return browser.send(page, form, **fields)


def _expect(page: Page, url: str, text: str) -> None:
    if (page.status, page.url.rstrip("/")) != (200, url.rstrip("/")) or text not in page.text:
        raise DanceError(f"expected {url} with {text!r}, but came to {_seen(page)}")


def _seen(page: Page) -> str:
    return f"{page.url.partition('?')[0]} ({page.status}): {textwrap.shorten(page.text, _SHOWN, placeholder=' …')}"
