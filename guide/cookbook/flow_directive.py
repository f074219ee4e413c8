"""`{flow} openid`: a recorded flow as a sequence diagram, and a list of its steps that unfold to what was said."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from .diagram import FOLLOWED, answer_label, colour, request_label, svg

RECORDINGS = Path(__file__).parent.parent / "recordings"
_HINT = "Solid lines are requests, dashed ones their answers. A number leads to its step, and each step unfolds to the messages."
_NOTE = (
    "Recorded from a run of the examples. Hosts have other names here, and random values are shortened: the same value looks the same "
    "wherever it comes by. Long queries and forms are broken into lines for reading."
)
_WIDE = 88
_RFC = re.compile(r"RFC (\d+) §([\d.]+)")


def steps_of(text: str, last: int) -> list[int]:
    """Return the numbers that `3-7` or `2, 5-6` means. Raises `ValueError`."""
    found = []
    for part in text.split(","):
        first, dash, until = part.strip().partition("-")
        found += range(int(first), int(until if dash else first) + 1)
    if not found or sorted(set(found)) != found or found[0] < 1 or found[-1] > last:
        raise ValueError(f"{text!r} does not name steps from 1 to {last}, in their order")
    return found


class Flow(SphinxDirective):
    """A recorded flow, whole or in part."""

    required_arguments = 1
    option_spec = {"only": directives.unchanged_required, "title": directives.unchanged_required}  # noqa: RUF012 - as docutils has it

    def run(self) -> list[nodes.Node]:
        """Return the diagram and the list; in a book, the list alone. An unknown flow or step fails the build."""
        path = RECORDINGS / f"{self.arguments[0]}.json"
        self.env.note_dependency(str(path))
        if path.parent != RECORDINGS or not path.is_file():
            known = ", ".join(sorted(file.stem for file in RECORDINGS.glob("*.json")))
            raise self.error(
                f"flow: there is no recording {self.arguments[0]!r}; the recordings are: {known}"
            )
        recording = json.loads(path.read_text(encoding="utf-8"))
        last = len(recording["steps"])
        try:
            only = steps_of(self.options.get("only", f"1-{last}"), last)
        except ValueError as error:
            raise self.error(f"flow: {error}") from error
        before = self.env.new_serialno(f"flow-{path.stem}")
        name = f"{path.stem}-{before + 1}" if before else path.stem
        title = self.options.get("title", recording["title"])
        pages = addnodes.only(expr="not epub")
        pages += nodes.raw("", on_a_page(recording, only, title, name), format="html")
        book = addnodes.only(expr="epub")
        book += nodes.raw("", in_a_book(recording, only, title), format="html")
        return [pages, book]


def on_a_page(recording: Mapping[str, Any], only: Sequence[int], title: str, name: str) -> str:
    """Return the diagram in a box that scrolls by itself, and the steps that its numbers lead to."""
    return "\n".join(
        [
            '<figure class="flow">',
            f"<figcaption>{escape(title)}</figcaption>",
            f'<div class="flow-box" role="group" aria-label="{escape(title)}: diagram" tabindex="0">',
            svg(recording, only, title, name),
            "</div>",
            f'<p class="flow-note">{_HINT}</p>',
            '<ol class="flow-steps">',
            *(_Step(recording, number, only, name).folded() for number in only),
            "</ol>",
            f'<p class="flow-note">{_NOTE}</p>',
            "</figure>",
        ]
    )


def in_a_book(recording: Mapping[str, Any], only: Sequence[int], title: str) -> str:
    """Return the steps in words: a book neither scrolls sideways nor unfolds."""
    items = (
        f'<li value="{number}">{_Step(recording, number, only, "").told()}</li>' for number in only
    )
    return f"<p><strong>{escape(title)}</strong></p>\n<ol>{''.join(items)}</ol>"


class _Step:
    def __init__(
        self, recording: Mapping[str, Any], number: int, only: Sequence[int], name: str
    ) -> None:
        self._values = recording["values"]
        self._step = recording["steps"][number - 1]
        self._number, self._only, self._name = number, only, name
        place = recording["order"].index(number)
        order = recording["order"][:place]
        self._depth = sum(1 for asked in order if asked in only and -asked not in order)
        self._known = re.compile(
            "|".join(map(re.escape, sorted(self._values, key=len, reverse=True))) or "(?!)"
        )

    def told(self) -> str:
        """Return the step in a paragraph."""
        asked, answered = request_label(self._step["request"]), answer_label(self._step["response"])
        sources = f" ({', '.join(self._step['sources'])})" if "sources" in self._step else ""
        route = f"{self._step['from']} → {self._step['to']}: <code>{escape(asked)}</code>, <code>{escape(answered)}</code>"
        return f"<p>{route}<br/>{escape(self._step['says'])}{escape(sources)}</p>"

    def folded(self) -> str:
        """Return the step as an item that unfolds to its messages."""
        step, number = self._step, self._number
        request, response = step["request"], step["response"]
        query, content = _messages(request, response)
        return "\n".join(
            [
                f'<li value="{number}" class="flow-depth-{self._depth}"><details class="flow-{step["from"]}"><summary>'
                f'<span class="flow-number" aria-hidden="true">{number}</span>'
                f'<span class="flow-route">{step["from"]} → {step["to"]}</span> '
                f"<code>{escape(request_label(request))}</code> <code>{escape(answer_label(response))}</code>"
                f'<span class="flow-says">{escape(step["says"])}</span></summary>',
                f'<div id="{self._name}-step-{number}" class="flow-messages">',
                *self._sources(),
                f"<p>The {step['from']} asks:</p>",
                f"<pre>{self._marked(query)}</pre>",
                f"<p>The {step['to']} answers:</p>",
                f"<pre>{self._marked(content)}</pre>",
                *self._notes(),
                "</div></details></li>",
            ]
        )

    def _sources(self) -> Iterator[str]:
        if "sources" in self._step:
            links = (_RFC.sub(_rfc, escape(source)) for source in self._step["sources"])
            yield f'<p class="flow-sources">{", ".join(links)}</p>'

    def _notes(self) -> Iterator[str]:
        """Yield what there is to say of the values that come by here for the first time."""
        for shown, value in self._values.items():
            if value["step"] == self._number and "note" in value:
                yield f"<p><code>{value['name']}</code> {self._marked(shown)} is {self._marked(value['note'])}.</p>"
            if value["step"] == self._number and "decoded" in value:
                yield f"<p>The <code>{value['name']}</code> {self._marked(shown)} says:</p>"
                yield f"<pre>{self._marked(_json(value['decoded']))}</pre>"

    def _marked(self, text: str) -> str:
        """Return HTML in which each value leads to where it came by first."""
        parts, place = [], 0
        for match in self._known.finditer(text):
            parts += [escape(text[place : match.start()]), self._value(match[0])]
            place = match.end()
        return "".join([*parts, escape(text[place:])])

    def _value(self, shown: str) -> str:
        value = self._values[shown]
        tone = f" flow-value-{colour(shown, self._values)}" if value["name"] in FOLLOWED else ""
        said = f'class="flow-value{tone}" title="{value["name"]}, first in step {value["step"]}"'
        if value["step"] == self._number or value["step"] not in self._only:
            return f"<span {said}>{escape(shown)}</span>"
        return f'<a {said} href="#{self._name}-step-{value["step"]}">{escape(shown)}</a>'


def _rfc(match: re.Match[str]) -> str:
    return (
        f'<a href="https://www.rfc-editor.org/rfc/rfc{match[1]}#section-{match[2]}">{match[0]}</a>'
    )


def _messages(request: Mapping[str, Any], response: Mapping[str, Any]) -> tuple[str, str]:
    asked = [f"{request['method']} {request['target']} HTTP/1.1", *request["headers"]]
    answered = [f"HTTP/1.1 {response['status']} {response['reason']}", *response["headers"]]
    bodies = (["", *message["body"]] if message["body"] else [] for message in (request, response))
    first, second = (
        "\n".join([*map(_broken, head), *map(_broken, body)])
        for head, body in zip((asked, answered), bodies, strict=True)
    )
    return first, second


def _broken(line: str) -> str:
    if len(line) <= _WIDE or line.startswith(" "):
        return line
    if " OAuth " in line[:22]:
        return line.replace(", ", ",\n  ")
    return re.sub("([?&])(?=[\\w]+=)", lambda match: "?\n  " if match[1] == "?" else "\n  &", line)


def _json(data: Any) -> str:
    return json.dumps(data, indent=2, ensure_ascii=False)


def setup(app: Sphinx) -> None:
    """Add the directive and its style."""
    app.add_directive("flow", Flow)
    app.add_css_file("flow.css")
