"""A store that is away is said so, and is no crash: 503 with ``Retry-After`` (RFC 9110 §15.6.4)."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager

import httpx2
import pytest

from tests.conformance.conftest import Served
from tests.conformance.facts import is_json, is_page, is_refused
from tests.driving.browser import Browser, location, send
from tests.driving.provider import Provider, basic
from tests.driving.seed import BOB, SERVICE


@contextmanager
def locked(served: Served) -> Iterator[None]:
    """Hold the write lock of the provider's database, as another process does that takes its time."""
    database = served.folder / "provider-default.sqlite"
    with closing(sqlite3.connect(database, isolation_level=None, timeout=60)) as other:
        other.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            other.execute("ROLLBACK")


def ask_for_a_token(provider: Provider) -> httpx2.Response:
    """Send a request that has to write."""
    form = {"grant_type": "client_credentials"}
    return send("POST", f"{provider.url}/oauth2/token", data=form, headers=basic(SERVICE))


@pytest.mark.fault(14)
def test_a_machine_reads_json_and_what_needs_no_store_is_answered(provider: Provider, served: Served) -> None:
    """A token request is 503 once the lock was waited for; metadata is there all the time; all is well afterwards."""
    with locked(served), ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(ask_for_a_token, provider)
        is_json(send("GET", f"{provider.url}/.well-known/openid-configuration"))
        answer = waiting.result()
    is_refused(answer, "temporarily_unavailable", 503)
    assert int(answer.headers["retry-after"]) > 0
    is_json(ask_for_a_token(provider))


@pytest.mark.fault(14)
def test_a_person_reads_a_page_and_can_try_again(provider: Provider, served: Served) -> None:
    """Sending the sign-in form is 503; the same form works a moment later."""
    browser = Browser()
    form = browser.get(f"{provider.url}/login")
    with locked(served):
        answer = browser.submit(form, username=BOB["username"], password=BOB["password"])
    is_page(answer, 503)
    assert int(answer.headers["retry-after"]) > 0
    assert location(browser.submit(form, username=BOB["username"], password=BOB["password"])).endswith("/account")
