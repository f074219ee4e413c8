"""What a page of another site can do to somebody who is signed in: nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.examples import Examples
from tests.browser.visiting import OPENID, arrive, heading
from tests.driving import seed
from tests.driving.chromium import PATIENCE

# What each example decides is tested without a browser: its cookies, its headers, and that a refused form starts no session.
pytestmark = pytest.mark.tier("deployment")

Site = Callable[[str], str]


@pytest.fixture
def hostile_site() -> Iterator[Site]:
    """Serve a page of another origin, and return its URL. It is the same *site*, so a `SameSite` cookie alone would not help."""
    content = b""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(b"This can be framed." if self.path == "/control" else content)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()

        def show(html: str) -> str:
            nonlocal content
            content = f"<!doctype html><title>Another site</title><link rel=icon href=data:,>{html}".encode()
            return f"http://127.0.0.1:{server.server_port}/"

        yield show
        server.shutdown()


@pytest.fixture(scope="module")
def victim(chromium: Browser, examples: Examples) -> Iterator[Page]:
    """Somebody who is signed in at the provider and at the consumer, and still is after each test. Here the browser has to complain."""
    with chromium.new_context() as context:
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        arrive(page, examples, OPENID, examples.new_person())
        yield page


def test_no_page_can_be_framed(victim: Page, examples: Examples, hostile_site: Site):
    """A page that another site puts into a frame stays empty, so nobody is tricked into a click (RFC 9700 §4.16; Mistake 5)."""
    pages = [
        examples.provider.authorization(seed.HOSTILE_CLIENT).url,
        *(f"{examples.provider_url}{path}" for path in ("/account", "/device", "/login", "/oauth2/logout", "/nowhere")),
        *(f"{examples.consumer_url}{path}" for path in ("/", "/profile", "/notes", "/nowhere")),
    ]
    framed = [*pages, "/control"]
    victim.goto(hostile_site("".join(f'<iframe src="{escape(url)}"></iframe>' for url in framed)), wait_until="load")
    *blocked, control = victim.main_frame.child_frames
    # The frames of this test do show something.
    assert "This can be framed." in control.locator("body").inner_text()
    assert {"chrome-error://chromewebdata/"} == {frame.url for frame in blocked}
    assert len(pages) == len(blocked)


@pytest.mark.parametrize(
    ("place", "fields"),
    [
        ("{provider}/logout", {}),
        ("{provider}/oauth2/logout", {"decision": "allow"}),
        ("{provider}/account", {"protocol": "oauth2", "client_id": seed.CONSUMER_CLIENT.client_id}),
        ("{provider}/login", {"username": seed.BOB["username"], "password": seed.BOB["password"]}),
        ("{consumer}/login/cookbook", {}),
        ("{consumer}/notes", {"text": "written by another site"}),
        ("{consumer}/logout", {}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_form_on_another_site_changes_nothing(victim: Page, examples: Examples, hostile_site: Site, place: str, fields: dict[str, str]):
    """A form without our CSRF token is refused although the cookies come with it, and both sessions go on."""
    url = place.format(provider=examples.provider_url, consumer=examples.consumer_url)
    assert (400, url) == submit(victim, hostile_site, url, fields)
    victim.goto(f"{examples.provider_url}/account")
    expect(victim.get_by_role("heading", name="The consumer")).to_be_visible()
    victim.goto(f"{examples.consumer_url}/notes")
    expect(victim.get_by_text("There are no notes yet.")).to_be_visible()


def test_a_form_on_another_site_cannot_agree(victim: Page, examples: Examples, hostile_site: Site):
    """Consent that another site sends gets no code, neither with the cookies of the same site nor without any (Mistake 5)."""
    asked: list[str] = []
    victim.on("request", lambda request: asked.append(request.url))
    url = examples.provider.authorization(seed.APP).url
    assert (400, url) == submit(victim, hostile_site, url, {"decision": "allow"})
    assert (400, url) == submit(victim, lambda html: hostile_site(html).replace("127.0.0.1", "localhost"), url, {"decision": "allow"})
    assert not [one for one in asked if "code=" in one or one.startswith(seed.APP.redirect_uri)]
    victim.goto(url)
    heading(victim, "Allow this application?")


def submit(page: Page, site: Site, url: str, fields: dict[str, str]) -> tuple[int, str]:
    """Let another site send a form, and return the status of the answer and its URL."""
    inputs = "".join(f'<input name="{escape(name)}" value="{escape(value)}">' for name, value in fields.items())
    page.goto(site(f'<form method="post" action="{escape(url)}">{inputs}<button>Win a prize</button></form>'))
    with page.expect_navigation() as navigation:
        page.get_by_role("button").click()
    response = navigation.value
    assert response is not None
    return response.status, response.url
