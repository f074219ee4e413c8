"""Signing in at a served consumer, step by step."""

from __future__ import annotations

import httpx2

from tests.driving.browser import Browser, Page, location


def begin(consumer: str, browser: Browser, name: str = "cookbook") -> httpx2.Response:
    """Begin to sign in, with the token of a form of the consumer's first page."""
    page = browser.get(f"{consumer}/")
    assert 200 == page.status_code, f"{consumer}/: {page.status_code} {page.text[:300]}"
    token = dict(Page(page).forms[0].fields)["csrf_token"]
    return browser.request("POST", f"{consumer}/login/{name}", data={"csrf_token": token})


def agree(browser: Browser, url: str, user: dict[str, str] | None, decision: str = "allow") -> str:
    """Sign in at the provider where it asks, answer its question, and return the callback that the browser is sent to."""
    answer = browser.follow(browser.get(url))
    if answer.status_code == 200 and "password" in answer.text and user:
        answer = browser.follow(browser.submit(answer, username=user["username"], password=user["password"]))
    if answer.status_code == 200:
        answer = browser.submit(answer, button=("decision", decision))
    return location(answer)


def sign_in(consumer: str, user: dict[str, str], name: str = "cookbook", browser: Browser | None = None) -> Browser:
    """Perform the whole flow, and return the browser."""
    browser = browser or Browser()
    answer = browser.get(agree(browser, location(begin(consumer, browser, name)), user))
    assert f"{consumer}/profile" == location(answer), answer.text
    return browser
