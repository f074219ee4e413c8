"""A body that is signed, one that is too long, and one that never ends."""

from __future__ import annotations

import base64
import hashlib
import json
import socket
from contextlib import ExitStack
from urllib.parse import urlsplit

import pytest

from frameworks.manifests import manifests
from tests.conformance.facts import is_json
from tests.driving.browser import Browser, send
from tests.driving.provider import FORM_TYPE, Provider
from tests.driving.raw import raw
from tests.driving.seed import HMAC_CONSUMER

BROWSER = {"Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"}


@pytest.mark.fault(12)
def test_a_signed_get_with_a_body_is_verified(provider: Provider, alice: Browser) -> None:
    """OAuth Request Body Hash 1.0 §3.2: the digest of a body is signed whatever the method, and must be that of what arrived."""
    token = provider.oauth1_token(alice, HMAC_CONSUMER)
    body = b"a body of a GET"
    statuses = {}
    for sent in (body, b"another body"):
        digest = base64.b64encode(hashlib.sha1(body).digest()).decode()  # noqa: S324 - what the extension names
        url, headers, _ = provider.sign(HMAC_CONSUMER, "/api/notes", token, method="GET", body_hash=digest)
        statuses[sent] = send("GET", url, headers=headers, content=sent).status_code
    assert {body: 200, b"another body": 401} == statuses


@pytest.mark.fault(12)
@pytest.mark.parametrize("path", ["/oauth2/token", "/api/notes", "/login"])
def test_rfc9110_15_5_14_a_body_that_is_too_long_is_a_clean_413(provider: Provider, path: str) -> None:
    """A machine gets JSON, a browser a page; the server is well afterwards."""
    body = b"x=" + b"y" * (2 * 1024 * 1024)
    answer = raw(provider.url, "POST", path.encode(), {"Content-Type": FORM_TYPE}, body)
    assert (413, "invalid_request") == (answer.status, json.loads(answer.body)["error"])
    if path == "/login":
        page = raw(provider.url, "POST", path.encode(), {"Content-Type": FORM_TYPE, **BROWSER}, body)
        assert (413, "text/html; charset=utf-8") == (page.status, page.headers["content-type"])
    is_json(send("GET", f"{provider.url}/healthz"))


_HEAD = b"POST /oauth2/token HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\n"
HALF_SENT = {
    "bodies": (24, _HEAD + b"Content-Length: 100\r\n\r\ngrant_type="),
    "headers": (120, _HEAD),
    "silent connections": (120, b""),
}


@pytest.mark.fault(47)
@pytest.mark.parametrize("kind", HALF_SENT)
def test_half_sent_requests_stop_nobody_else(provider: Provider, provider_framework: str, kind: str) -> None:
    """As many half-sent requests as a server has threads, and then some: others are answered while their senders wait."""
    number, half = HALF_SENT[kind]
    number = min(number, manifests()[provider_framework].slow_clients)
    address = (urlsplit(provider.url).hostname, urlsplit(provider.url).port)
    with ExitStack() as stack:
        for _ in range(number):
            stack.enter_context(socket.create_connection(address, timeout=30)).sendall(half)
        # A server that gives up on the senders first would answer too, but not within 10 seconds.
        answer = stack.enter_context(socket.create_connection(address, timeout=10))
        answer.sendall(b"GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        assert b" 200 " in answer.recv(1000)
