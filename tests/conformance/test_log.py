"""What happens in an example is in its log, as lines of JSON when they are asked for."""

from __future__ import annotations

import json
from dataclasses import replace

from tests.conformance.conftest import Served
from tests.driving.browser import Browser
from tests.driving.provider import Provider
from tests.driving.seed import BOB, WEB


def test_a_refusal_is_logged_with_the_address_of_the_request(provider: Provider, served: Served) -> None:
    """A page and a machine endpoint of every framework know who asked: without an address, an operator can stop no attack."""
    browser = Browser()
    browser.submit(browser.get(f"{provider.url}/login"), username=BOB["username"], password="wrong" * 5)
    provider.call("/oauth2/token", replace(WEB, client_secret="wrong" * 5), {"grant_type": "client_credentials"})
    provider.api("no-such-token")

    found = {event["event"]: event for event in _events(served)}

    assert {"127.0.0.1"} == {found[name].get("address") for name in ("sign_in_failed", "client_refused", "access_refused")}
    assert "web" == found["client_refused"]["client_id"]


def _events(served: Served) -> list[dict[str, str]]:
    (log,) = (server.log for server in served.servers if server.url == served.provider("default").url)
    lines = log.read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines if line.startswith("{") and '"event": ' in line]
