"""The guide as it was built: no warning, nothing that leads nowhere, and what every page has to have."""

from __future__ import annotations

import html
import os
import re
import sys
import zipfile
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit
from xml.etree import ElementTree

import pytest

from frameworks.contract import routes
from frameworks.manifests import ROLES, ROOT, manifests
from frameworks.pages import Page
from tests.guide.conftest import Built

_LOADING = {"img": "src", "script": "src", "iframe": "src", "source": "src", "video": "src", "audio": "src"}
_LOADED = ("stylesheet", "icon", "preload", "prefetch", "preconnect", "dns-prefetch", "manifest")


@pytest.fixture(scope="module")
def read(built: Built) -> dict[Path, Page]:
    """Each page that was built, Sphinx' own included."""
    return {path: Page(path.as_uri(), path.read_text(encoding="utf-8")) for path in built.html.rglob("*.html")}


def _loads(page: Page) -> list[str]:
    """Return the URLs of what a page loads: scripts, styles, pictures and the like."""
    linked = [given["href"] for given in page.all("link") if given.get("rel") in _LOADED]
    loaded = [given.get(_LOADING[tag]) for tag, given in page.elements if tag in _LOADING]
    return [urljoin(page.url, url) for url in (*linked, *loaded) if url]


def _levels(page: Page) -> list[int]:
    """Return the levels of a page's headings."""
    return [int(tag[1]) for tag, _ in page.elements if re.fullmatch("h[1-6]", tag)]


def test_the_guide_builds_without_a_warning(built: Built) -> None:
    """As pages and as a book; each reference leads somewhere, each inclusion finds what it names, each command ends as it should."""
    assert "" == built.said
    assert (built.html / "index.html").exists()


def test_each_framework_has_a_page(built: Built) -> None:
    """It is made from its `guide.md`; a framework that comes or goes needs no change of the guide."""
    assert set(manifests()) == {path.stem for path in (built.html / "how-to" / "frameworks").glob("*.html")}


@pytest.mark.parametrize("role", ROLES)
def test_each_route_of_the_contract_can_be_linked_to(built: Built, role: str) -> None:
    """Its heading is there, and a target before it."""
    text = (built.html / "reference" / "contract.html").read_text(encoding="utf-8")
    for _method, path in routes(role):
        assert path.replace("<", "&lt;").replace(">", "&gt;") in text


def test_every_internal_link_leads_to_a_target_on_a_page(read: dict[Path, Page]) -> None:
    """A link to another page names one that is there, and what stands after # is on it."""
    targets = {path: {given[name] for _, given in page.elements for name in ("id", "name") if name in given} for path, page in read.items()}
    lost = []
    for path, page in read.items():
        for link in [*page.links, *_loads(page)]:
            parts = urlsplit(link)
            if parts.scheme != "file" or parts.netloc:
                continue
            wanted, target = Path(unquote(parts.path)), unquote(parts.fragment)
            if not wanted.is_file() or (target and wanted in targets and target not in targets[wanted]):
                lost.append(f"{path.name}: {link}")
    assert [] == lost


def test_no_page_loads_anything_from_elsewhere(built: Built, read: dict[Path, Page]) -> None:
    """No script, style, font or picture of another host: the guide works without a network, and tells nobody who reads it."""
    assert [] == [load for page in read.values() for load in _loads(page) if urlsplit(load).netloc]
    assert [] == [path.name for path in built.html.rglob("*.css") if "url(http" in path.read_text() or "@import" in path.read_text()]


def test_every_page_has_a_title_a_language_and_one_first_heading(built: Built, read: dict[Path, Page]) -> None:
    """A browser's tab, a screen reader and a search engine know what the page is."""
    assert [] == [path.name for path, page in read.items() if ["en"] != [given.get("lang") for given in page.all("html")]]
    assert [] == [path.name for path in read if not re.search(r"<title>\s*[^\s<]", path.read_text(encoding="utf-8"))]
    assert [] == [path.name for path in built.pages if _levels(read[path]).count(1) != 1]  # a script writes the one of the search


def test_no_page_skips_a_level_of_headings(built: Built, read: dict[Path, Page]) -> None:
    """Somebody who goes from heading to heading misses nothing."""
    for path in built.pages:
        levels = _levels(read[path])
        assert 1 == levels[0], path
        assert all(below - above <= 1 for above, below in pairwise(levels)), path


def test_no_page_tells_where_it_was_built(built: Built) -> None:
    """Neither a folder nor a variable of the machine: a signature or an output could hold them."""
    local = {str(ROOT), sys.prefix, os.environ["PATH"]}
    for path in (path for path in built.html.rglob("*") if path.suffix in (".html", ".js")):
        text = html.unescape(re.sub(r"<[^>]+>", "", path.read_text(encoding="utf-8")))
        assert [] == [place for place in local if place in text], path


def test_the_book_is_one_that_readers_open(built: Built) -> None:
    """EPUB 3.3 §4.2: the type comes first, as it is; the container names the package, the package each file, and all of them are there."""
    with zipfile.ZipFile(built.epub) as book:
        first = book.infolist()[0]
        assert ("mimetype", zipfile.ZIP_STORED, b"application/epub+zip") == (first.filename, first.compress_type, book.read(first))
        package = next(_elements(book, "META-INF/container.xml", "rootfile"))["full-path"]
        items = {item["id"]: item for item in _elements(book, package, "item")}
        assert {item["idref"] for item in _elements(book, package, "itemref")} <= set(items)
        assert {item["href"] for item in items.values()} <= set(book.namelist())
        for item in items.values():
            if item["media-type"] == "application/xhtml+xml":
                loaded = [element.get("src", "") for element in _elements(book, item["href"])]
                assert [] == [source for source in loaded if urlsplit(source).netloc], item["href"]


def _elements(book: zipfile.ZipFile, name: str, tag: str = "") -> Iterator[dict[str, str]]:
    """Yield the attributes of each element of a document, or of those with a tag. A document that is not XML fails the test."""
    for element in ElementTree.fromstring(book.read(name)).iter():  # noqa: S314 - our own
        if not tag or element.tag.endswith(f"}}{tag}"):
            yield element.attrib
