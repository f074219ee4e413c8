"""Reads a page of HTML: its forms, links, elements and text."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

_SHOWN = 300


class PageError(Exception):
    """A page is not the one that was expected."""


@dataclass
class Form:
    """A form of a page.

    Args:
        action: the URL that it is sent to.
        method: `GET` or `POST`.
        fields: the names and values of its fields.
        buttons: the names and values of its buttons.
    """

    action: str
    method: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    buttons: list[tuple[str, str]] = field(default_factory=list)

    def fill(self, typed: Mapping[str, str]) -> list[tuple[str, str]]:
        """Return the names and values to send.

        Args:
            typed: values for its fields, and the button to press. Other fields keep their values.
        """
        pressed = [(name, typed[name]) for name in typed if name not in dict(self.fields)]
        return [(name, typed.get(name, value)) for name, value in self.fields] + pressed


class Page(HTMLParser):
    """A page that was read.

    Args:
        url: where it is.
        html: its content.
        status: the status of its response.
    """

    def __init__(self, url: str, html: str, status: int = 200) -> None:
        super().__init__()
        self.url = url
        self.status = status
        self.forms: list[Form] = []
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.strings: list[str] = []
        self._form: Form | None = None
        self.feed(html)

    def __str__(self) -> str:
        """Return the URL without its query, the status, and how the text begins."""
        text = textwrap.shorten(self.text, _SHOWN, placeholder=" …")
        return f"{self.url.partition('?')[0]} ({self.status}): {text}"

    @property
    def text(self) -> str:
        """What a user reads."""
        return " ".join(" ".join(self.strings).split())

    @property
    def links(self) -> list[str]:
        """The URLs that it links to."""
        return [urljoin(self.url, given.get("href", "")) for given in self.all("a")]

    def all(self, *tags: str) -> Iterator[dict[str, str]]:
        """Return the attributes of each element with one of these tags."""
        return (given for tag, given in self.elements if tag in tags)

    def form(self, *names: str, path: str | None = None) -> Form:
        """Return the one form that has fields or buttons of these names.

        Args:
            names: the names of fields and buttons that it has.
            path: the path of the URL that it is sent to; any by default.

        Raises:
            PageError: no form matches, or several do.
        """
        found = [
            form
            for form in self.forms
            if {*names} <= {name for name, _ in (*form.fields, *form.buttons)}
            and path in (None, urlsplit(form.action).path)
        ]
        if len(found) != 1:
            wanted = ", ".join(names if path is None else (path, *names))
            raise PageError(f"expected one form for {wanted}, found {len(found)} on {self}")
        return found[0]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep an element, and what a user can fill in or press."""
        given = {name: value or "" for name, value in attrs}
        self.elements.append((tag, given))
        pair = given.get("name", ""), given.get("value", "")
        if tag == "form":
            action = urljoin(self.url, given.get("action") or self.url)
            self._form = Form(action, (given.get("method") or "get").upper())
            self.forms.append(self._form)
        elif self._form and (tag == "button" or given.get("type") == "submit"):
            self._form.buttons.append(pair)
        elif self._form and tag in ("input", "textarea") and pair[0]:
            self._form.fields.append(pair)

    def handle_endtag(self, tag: str) -> None:
        """End a form."""
        if tag == "form":
            self._form = None

    def handle_data(self, data: str) -> None:
        """Keep a string."""
        self.strings.append(data)
