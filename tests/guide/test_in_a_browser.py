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


def representative(built: Built) -> list[str]:
    """Return ten pages of all sections: the first one, and of each kind those with the most on them."""
    folders: dict[Path, list[Path]] = {}
    for path in sorted(built.pages, key=lambda path: -path.stat().st_size):
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
def visit(chromium: Browser, address: str) -> Iterator[Callable[..., Page]]:
    """Open a page as somebody who likes light or dark. At the end: none asked for anything elsewhere, or had an error in a script."""
    contexts, complaints = [], []

    def opened(path: str, scheme: str = "light") -> Page:
        contexts.append(context := chromium.new_context(color_scheme=scheme))  # type: ignore[arg-type]
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


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_ten_pages_ask_for_nothing_elsewhere_and_axe_finds_no_violation(built: Built, visit: Callable[..., Page], scheme: str) -> None:
    """Names, roles, landmarks and contrasts hold as far as axe can tell, in the colours that the visitor's system asks for."""
    found = []
    for path in representative(built):
        page = visit(path, scheme)
        page.evaluate(_AXE)
        for violation in page.evaluate("axe.run({resultTypes: ['violations']})")["violations"]:
            found.append((path, violation["id"], [node["html"][:150] for node in violation["nodes"][:3]]))
        page.close()
    assert [] == found


def test_the_search_finds_a_page_without_a_network(visit: Callable[..., Page]) -> None:
    """Sphinx' own search, with the index that was built."""
    visit("search.html?q=introspection").locator("#search-results li a").first.wait_for()


def test_each_snippet_can_be_copied(visit: Callable[..., Page]) -> None:
    """Each block of code on a page has a button of its own for that."""
    page = visit("how-to/frameworks/flask.html")
    page.locator("button.copybtn").first.wait_for(state="attached")
    assert page.locator("div.highlight pre").count() == page.locator("button.copybtn").count() > 10
