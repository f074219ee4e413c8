"""What a person does in the browser, where a client has sent them."""

from __future__ import annotations

import re

import httpx2

from tests.driving.browser import Browser, location
from tests.driving.seed import ALICE


def _allow(url: str) -> httpx2.Response:
    browser = Browser()
    answer = browser.follow(browser.get(url))
    answer = browser.follow(browser.submit(answer, username=ALICE["username"], password=ALICE["password"]))
    if answer.status_code == 200:  # whoever agreed to this client before is not asked again
        answer = browser.submit(answer, button=("decision", "allow"))
    return answer


def agree(url: str) -> str:
    """Open a client's authorization URL in a new browser, sign in, agree, and return the client's URL that it all ends at."""
    return location(_allow(url))


def agree_and_read(url: str) -> str:
    """Do the same for a client without a URL, and return the code that the last page shows."""
    (code,) = re.findall(r"<code>([^<]+)</code>", _allow(url).text)
    return str(code)
