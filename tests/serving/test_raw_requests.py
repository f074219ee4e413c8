"""What is verified is the request as it was sent. The tests of the edge show that each framework passes it on."""

import json
import signal
from urllib.parse import parse_qs

import httpx2
import pytest
from oauthlib.oauth1 import SIGNATURE_TYPE_AUTH_HEADER, SIGNATURE_TYPE_BODY, Client

from frameworks.browser import Browser
from frameworks.serve import free_port

pytestmark = pytest.mark.tier("core")

CONSUMER = {
    "consumer_key": "a-consumer-key-for-a-test",
    "consumer_secret": "a-consumer-secret-for-a-test",
    "callbacks": ["https://app.example/cb"],
}
USER = {"username": "zoë", "password": "p+a s%s&wörd", "name": "Zoë", "email": "zoe@example.com"}


@pytest.fixture
def url(run, framework, tmp_path):
    """Serve a provider with one user and one OAuth 1.0a consumer."""
    seed = tmp_path / "seed.json"
    seed.write_text(json.dumps({"users": [USER], "oauth1_consumers": [CONSUMER]}))
    port = free_port()
    command = run("-m", "frameworks.serve", framework, "provider", "--port", port, "--seed", seed)
    assert f"ready http://127.0.0.1:{port}" == command.line(), command.said()
    yield f"http://127.0.0.1:{port}"
    command.end(signal.SIGTERM)


@pytest.mark.parametrize("place", [SIGNATURE_TYPE_AUTH_HEADER, SIGNATURE_TYPE_BODY])
def test_the_raw_url_and_the_raw_body_are_what_is_verified(url, place):
    """Trap 17: a form that the framework could parse first, and a query that it would decode, verify as signed (RFC 5849 §3.4.1)."""
    client = Client(CONSUMER["consumer_key"], CONSUMER["consumer_secret"], callback_uri="https://app.example/cb", signature_type=place)
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    signed, headers, body = client.sign(f"{url}/oauth1/request_token?a=%C3%A9%7E&b=x%2Fy", "POST", "c=%C3%A9+%26", form)
    answer = httpx2.post(signed, headers=headers, content=body, trust_env=False)
    assert 200 == answer.status_code, answer.text
    assert ["true"] == parse_qs(answer.text)["oauth_callback_confirmed"]


def test_a_form_reaches_the_csrf_check_and_the_page(url):
    """Trap 17: the CSRF check reads the form before the page does, and both find it whole."""
    browser = Browser()
    page = browser.get(f"{url}/login")
    page = browser.submit(page, username=USER["username"], password=USER["password"])
    assert (200, f"{url}/account") == (page.status, page.url)
