"""An application puts a page of its own in the place of a shared one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from jinja2 import DictLoader, Environment, FileSystemLoader

from shared_validator import pages
from shared_validator.http import Request


@pytest.fixture
def _restored() -> Iterator[None]:
    yield
    pages.override(DictLoader({}))


@pytest.mark.usefixtures("_restored")
def test_a_file_of_the_same_name_takes_the_place_of_a_page() -> None:
    """Also of those that no example renders itself; every other page stays as it is."""
    found = pages.override(DictLoader({"signed_out.html": "Bye {{ 1 + 1 }}"}))

    assert "Bye {{ 1 + 1 }}" == found.get_source(Environment(), "signed_out.html")[0]  # noqa: S701 - nothing is rendered with it
    assert b"Bye 2" == pages.render("signed_out.html").body
    assert b"<h1" in pages.render("error.html", title="t", detail="d").body


@pytest.mark.usefixtures("_restored")
def test_a_stylesheet_of_the_applications_own_is_sent_as_it_stands() -> None:
    """It lies beside the pages, but is no template: what Jinja2 would take for its own is CSS too."""
    pages.override(DictLoader({"style.css": "a{color:red}/*{{ 1 + 1 }} {# ä #}*/"}))
    assert "a{color:red}/*{{ 1 + 1 }} {# ä #}*/".encode() == pages.stylesheet(Request("GET", "http://h/static/style.css", {})).body


@pytest.mark.usefixtures("_restored")
def test_a_changed_stylesheet_is_read_again(tmp_path: Path) -> None:
    """Who works on it need not restart the server."""
    file = tmp_path / "style.css"
    pages.override(FileSystemLoader(tmp_path))
    asked = Request("GET", "http://h/static/style.css", {})
    for number in range(2):
        file.write_text(f"a{{margin:{number}}}")
        os.utime(file, (number, number))
        assert [f"a{{margin:{number}}}".encode()] * 2 == [pages.stylesheet(asked).body for _ in range(2)]


@pytest.mark.usefixtures("_restored")
@pytest.mark.parametrize(
    ("template", "title", "context"),
    [
        ("signed_out.html", "You are signed out", {}),
        ("consumer_notes.html", "Your notes", {"notes": [], "text": "", "error": None, "csrf_input": ""}),
    ],
)
def test_the_name_of_the_application_is_one_line(template: str, title: str, context: dict[str, object], tmp_path: Path) -> None:
    """In a copy of ``base.html``, it ends the title of each page and stands above its heading, under whatever a page has there."""
    source = pages.loader.get_source(Environment(), "base.html")[0]  # noqa: S701 - nothing is rendered with it
    (tmp_path / "base.html").write_text(
        source.replace('{% set site_name = "" %}', '{% set site_name = "Fish & Chips" %}'), encoding="utf-8"
    )
    pages.override(FileSystemLoader(tmp_path))

    html = pages.render(template, **context).body.decode()
    assert f"<title>{title} \u00b7 Fish &amp; Chips</title>" in html
    above, _heading, below = html.partition(f"<h1>{title}</h1>")
    assert '<p class="site">Fish &amp; Chips</p>' in above.partition("<main")[2]
    assert "Fish" not in below
