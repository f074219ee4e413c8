"""The browser of a person who signs in as ada and agrees: what ``python -m webbrowser`` opens while a recipe is tested."""

from __future__ import annotations

import os
import sys

from tests.driving.browser import Browser, Page, location


def agree(url: str, password: str) -> None:
    """Open a page of the provider, sign in there, allow what it asks for, and go on to where it leads."""
    browser = Browser()
    page = browser.follow(browser.get(url))
    page = browser.follow(browser.submit(page, username="ada", password=password))
    if any(name == "user_code" for form in Page(page).forms for name, _ in form.fields) and "allow" not in page.text:
        page = browser.submit(page, "user_code")
    answer = browser.submit(page, button=("decision", "allow"))
    if answer.is_redirect:
        browser.get(location(answer))


if __name__ == "__main__":
    if "redirect_uri=" in sys.argv[1] and os.fork():
        sys.exit()  # a program that waits for the answer goes on at once, as it does where a browser is open already
    agree(sys.argv[1], os.environ["PASSWORD"])
