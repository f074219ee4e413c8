"""What happens in an example is in its log, as lines of JSON when they are asked for."""

from __future__ import annotations

import json
from dataclasses import replace

from tests.conformance.conftest import Served
from tests.driving.browser import Browser
from tests.driving.consumer import sign_in
from tests.driving.provider import Provider
from tests.driving.seed import BOB, WEB


def test_a_refusal_is_logged_with_the_address_of_the_request(provider: Provider, served: Served) -> None:
    """A page and a machine endpoint of every framework know who asked: without an address, an operator can stop no attack."""
    browser = Browser()
    browser.submit(browser.get(f"{provider.url}/login"), username=BOB["username"], password="wrong" * 5)
    provider.call("/oauth2/token", replace(WEB, client_secret="wrong" * 5), {"grant_type": "client_credentials"})
    provider.api("no-such-token")

    found = _events(served, provider.url)

    assert {"127.0.0.1"} == {found[name].get("address") for name in ("sign_in_failed", "client_refused", "access_refused")}
    assert "web" == found["client_refused"]["client_id"]


def test_a_login_and_a_forged_callback_are_logged_with_their_address(consumer: str, provider: Provider, served: Served) -> None:
    """A consumer of every framework says who signed in where, and who tried what."""
    sign_in(consumer, BOB, "cookbook")
    Browser().get(f"{consumer}/callback/cookbook?state=forged&code=forged")

    found = _events(served, consumer)

    expected = {"provider": "cookbook", "address": "127.0.0.1"}
    assert [expected] * 2 == [{name: found[event].get(name) for name in expected} for event in ("login_succeeded", "login_failed")]
    assert found["login_succeeded"]["user"]


def _events(served: Served, url: str) -> dict[str, dict[str, str]]:
    (log,) = (server.log for server in served.servers if server.url == url)
    lines = log.read_text(encoding="utf-8").splitlines()
    found = [json.loads(line) for line in lines if line.startswith("{") and '"event": ' in line]
    return {event["event"]: event for event in found}
