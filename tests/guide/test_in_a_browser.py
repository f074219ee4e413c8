"""Pages of the guide as a browser shows them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.driving.chromium import PATIENCE
from tests.guide.conftest import Built

_AXE = Axe().axe_script
_LONG = 120_000
"""How many bytes make a page that takes axe half a minute. It has more of the same elements, and no others."""
_BACKGROUND = "getComputedStyle(document.body).backgroundColor"


def representative(built: Built) -> list[str]:
    """Return ten pages of all sections: the first one, and of each kind the longest that axe reads within seconds."""
    folders: dict[Path, list[Path]] = {}
    pages = [path for path in built.pages if path.stat().st_size < _LONG]
    for path in sorted(pages, key=lambda path: -path.stat().st_size):
        folders.setdefault(path.parent, []).append(path)
    largest = [found[place] for place in range(10) for found in folders.values() if place < len(found)]
    return ["index.html", *(path.relative_to(built.html).as_posix() for path in largest if path.parent != built.html)][:10]


@pytest.fixture(scope="module")
def address(built: Built) -> Iterator[str]:
    """Where the pages are served: no more than files, as on any web server."""
    handler = partial(_Quiet, directory=built.html)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


@pytest.fixture
def visit(chromium: Browser, address: str) -> Iterator[Callable[[str], Page]]:
    """Open a page. At the end: none asked for anything elsewhere, or had an error in a script."""
    contexts, complaints = [], []

    def opened(path: str) -> Page:
        contexts.append(context := chromium.new_context(color_scheme="light"))
        context.set_default_timeout(PATIENCE)
        context.on("request", lambda request: None if request.url.startswith((address, "data:")) else complaints.append(request.url))
        context.on("weberror", lambda error: complaints.append(str(error.error)))
        page = context.new_page()
        page.goto(f"{address}/{path}", wait_until="load")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert [] == complaints


def test_ten_pages_ask_for_nothing_elsewhere_and_axe_finds_no_violation(built: Built, visit: Callable[[str], Page]) -> None:
    """Names, roles, landmarks and contrasts hold as far as axe can tell, in the colours that the visitor's system asks for."""
    found = []
    for path in representative(built):
        page = visit(path)
        page.evaluate(_AXE)
        found += [(path, "light", violation) for violation in violations(page, "{resultTypes: ['violations']}")]
        light = page.evaluate(_BACKGROUND)
        page.emulate_media(color_scheme="dark")
        assert light != page.evaluate(_BACKGROUND)
        found += [(path, "dark", violation) for violation in violations(page, "{runOnly: ['color-contrast']}")]
        page.close()
    assert [] == found


def violations(page: Page, options: str) -> list[tuple[str, list[str]]]:
    """Return which rules a page violates, each with a few of the elements that do."""
    found = page.evaluate(f"axe.run({options})")["violations"]
    return [(violation["id"], [node["html"][:150] for node in violation["nodes"][:3]]) for violation in found]


def test_the_search_finds_a_page_without_a_network(visit: Callable[[str], Page]) -> None:
    """Sphinx' own search, with the index that was built."""
    visit("search.html?q=introspection").locator("#search-results li a").first.wait_for()


def test_each_snippet_can_be_copied(visit: Callable[[str], Page]) -> None:
    """Each block of code on a page has a button of its own for that."""
    page = visit("how-to/frameworks/flask.html")
    page.locator("button.copybtn").first.wait_for(state="attached")
    assert page.locator("div.highlight pre").count() == page.locator("button.copybtn").count() > 10
