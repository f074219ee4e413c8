"""A page in a few lines, for a recording."""

from __future__ import annotations

from html import escape
from html.parser import HTMLParser


class Excerpt(HTMLParser):
    """What a page is for: its title, and its forms without what is only there to look well.

    Args:
        text: the page.
    """

    def __init__(self, text: str) -> None:
        super().__init__()
        self.lines: list[str] = []
        self.fields: list[tuple[str, str]] = []
        self._text: list[str] | None = None
        self._tag = ""
        self._in_form = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {
            name: value or ""
            for name, value in attrs
            if name in ("method", "action", "name", "type", "value")
        }
        self._in_form = self._in_form or tag == "form"
        shown = "".join(
            ["<", tag, *(f' {name}="{escape(value)}"' for name, value in given.items()), ">"]
        )
        if tag == "form":
            self.lines.append(shown)
        elif tag in ("input", "textarea") and self._in_form:
            self.lines.append(f"  {shown}")
            self.fields.append((given.get("name", ""), given.get("value", "")))
        elif tag in ("title", "button"):
            self._tag, self._text = tag, [shown]

    def handle_data(self, data: str) -> None:
        if self._text is not None:
            self._text.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.lines.append("</form>")
            self._in_form = False
        elif self._text is not None and tag == self._tag:
            start, *words = self._text
            self.lines.append(
                f"{'' if tag == 'title' else '  '}{start}{' '.join(''.join(words).split())}</{tag}>"
            )
            self._text = None
