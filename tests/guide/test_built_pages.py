"""The guide as it was built: no warning, nothing that leads nowhere, and what every page has to have."""

from __future__ import annotations

import html
import os
import re
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree

import pytest

from frameworks.contract import routes
from frameworks.manifests import ROLES, ROOT, manifests
from tests.guide.conftest import Built

_LOADING = {"img": "src", "script": "src", "iframe": "src", "source": "src", "video": "src", "audio": "src"}
_LOADED = ("stylesheet", "icon", "preload", "prefetch", "preconnect", "dns-prefetch", "manifest")


@dataclass
class Page(HTMLParser):
    """What a page has that a reader, a browser or a screen reader follows."""

    text: str
    language: str = ""
    title: str = ""
    headings: list[int] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    loads: list[str] = field(default_factory=list)
    targets: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        super().__init__()
        self._in_title = False
        self.feed(self.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.targets |= {given[name] for name in ("id", "name") if name in given}
        if tag == "html":
            self.language = given.get("lang", "")
        elif tag == "a" and "href" in given:
            self.links.append(given["href"])
        elif tag == "link" and given.get("rel") in _LOADED:
            self.loads.append(given["href"])
        elif given.get(_LOADING.get(tag, "")):
            self.loads.append(given[_LOADING[tag]])
        elif tag in ("h1", "h2", "h3", "h4", "h5", "h6"):
            self.headings.append(int(tag[1]))
        self._in_title = tag == "title" and not self.title  # a picture has a title too

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self.title += data


@pytest.fixture(scope="module")
def read(built: Built) -> dict[Path, Page]:
    """Each page that was built, Sphinx' own included."""
    return {path: Page(path.read_text(encoding="utf-8")) for path in built.html.rglob("*.html")}


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
    lost = []
    for path, page in read.items():
        for link in [*page.links, *page.loads]:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            wanted = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            known = read[wanted].targets if wanted in read else set()
            if not wanted.is_file() or (parts.fragment and wanted in read and unquote(parts.fragment) not in known):
                lost.append(f"{path.name}: {link}")
    assert [] == lost


def test_no_page_loads_anything_from_elsewhere(built: Built, read: dict[Path, Page]) -> None:
    """No script, style, font or picture of another host: the guide works without a network, and tells nobody who reads it."""
    assert [] == [load for page in read.values() for load in page.loads if urlsplit(load).netloc]
    assert [] == [path.name for path in built.html.rglob("*.css") if "url(http" in path.read_text() or "@import" in path.read_text()]


def test_every_page_has_a_title_a_language_and_one_first_heading(built: Built, read: dict[Path, Page]) -> None:
    """A browser's tab, a screen reader and a search engine know what the page is."""
    assert [] == [path.name for path, page in read.items() if page.language != "en" or not page.title.strip()]
    assert [] == [path.name for path in built.pages if read[path].headings.count(1) != 1]  # a script writes the one of the search


def test_no_page_skips_a_level_of_headings(built: Built, read: dict[Path, Page]) -> None:
    """Somebody who goes from heading to heading misses nothing."""
    for path in built.pages:
        levels = read[path].headings
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
