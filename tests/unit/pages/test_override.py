"""An application puts a page of its own in the place of a shared one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from jinja2 import DictLoader, Environment

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
