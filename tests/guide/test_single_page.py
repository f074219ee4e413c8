"""The single-page application of the guide, in a real browser, at a served provider."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.driving.chromium import MISSING, PATIENCE, launched, may_be_skipped
from tests.driving.seed import ALICE, APP
from tests.driving.serving import Server
from tests.guide.recipes import EXAMPLES

pytestmark = pytest.mark.skipif(may_be_skipped(), reason=MISSING)

METADATA = {
    "client_id": APP.client_id,
    "token_endpoint_auth_method": "none",
    "redirect_uris": [APP.redirect_uri],
    "scope": "openid profile",
}


@pytest.fixture
def provider(tmp_path: Path) -> Iterator[str]:
    """A provider that knows Alice and the application."""
    seed = tmp_path / "seed.json"
    seed.write_text(json.dumps({"users": [ALICE], "clients": [METADATA]}))
    server = Server("flask", "provider", tmp_path, seed=str(seed)).start()
    yield server.url
    server.stop()


@pytest.fixture
def application(provider: str) -> Iterator[str]:
    """The page, at every path of an origin of its own."""
    text = (EXAMPLES / "public-client" / "single_page.html").read_text(encoding="utf-8")
    body = text.replace("http://127.0.0.1:5001", provider).replace("the-client-id", APP.client_id).encode()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def page() -> Iterator[Page]:
    """A page in a fresh browser."""
    with launched() as browser:
        page = browser.new_page()
        page.set_default_timeout(PATIENCE)
        yield page


def test_a_person_signs_in_and_a_forged_answer_is_refused(page: Page, application: str) -> None:
    """The token endpoint and UserInfo answer a script of another origin; without a state of this tab nothing is sent there."""
    page.goto(application)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_label("User name").fill(ALICE["username"])
    page.get_by_label("Password").fill(ALICE["password"])
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Allow").click()
    expect(page.get_by_role("status")).to_have_text(f"You are {ALICE['name']}.")
    assert f"{application}/" == page.url

    page.goto(f"{application}/callback?code=stolen&state=made-up")
    expect(page.get_by_role("status")).to_have_text("This is no answer to our request.")
