"""Draws a recorded flow as a sequence diagram: SVG whose colours come from `_static/flow.css`, without script.

Requests are solid lines, answers dashed ones. A bar on a lane lasts from a request to its answer, so that what is asked meanwhile stands
within it. A value that the reader can follow through the flow has one colour wherever it comes by.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

LANES = {
    "browser": "the person’s",
    "device": "with no keyboard",
    "client": "a program",
    "consumer": "the application",
}
LANES |= {"provider": "and its API", "thief": "has got a token"}
FOLLOWED = (
    "state",
    "nonce",
    "code_challenge",
    "code",
    "code_verifier",
    "access_token",
    "refresh_token",
    "id_token",
    "id_token_hint",
)
FOLLOWED += ("device_code", "user_code", "oauth_token", "oauth_token_secret", "oauth_verifier")
COLOURS = 6

_HEAD = 66
_ROW, _LINE = 46, 17
_CHARACTER = 6.7
_BAR = 5


@dataclass(frozen=True)
class Arrow:
    """A request or an answer.

    Args:
        number: of the step.
        sender: the lane where it begins.
        receiver: the lane where it ends.
        is_answer: or a request.
        label: what it is, in a line.
        values: the placeholders of the followed values that it carries.
    """

    number: int
    sender: str
    receiver: str
    is_answer: bool
    label: str
    values: tuple[str, ...]


def arrows(recording: Mapping[str, Any], only: Sequence[int]) -> Iterator[Arrow]:
    """Yield the requests and answers of some steps, in the order in which they happened."""
    for signed in recording["order"]:
        if abs(signed) in only:
            step = recording["steps"][abs(signed) - 1]
            is_answer = signed < 0
            label = answer_label(step["response"]) if is_answer else request_label(step["request"])
            ends = (step["to"], step["from"]) if is_answer else (step["from"], step["to"])
            message = step["response"] if is_answer else step["request"]
            yield Arrow(
                abs(signed), *ends, is_answer, label, tuple(_carried(message, recording["values"]))
            )


def request_label(request: Mapping[str, Any]) -> str:
    """Return method and path."""
    return f"{request['method']} {request['target'].partition('?')[0]}"


def answer_label(response: Mapping[str, Any]) -> str:
    """Return the status, and where the answer leads or what it is."""
    for line in response["headers"]:
        if line.startswith("Location: "):
            target = re.sub(
                r"^https://(\w+)\.example", r"\1", line.removeprefix("Location: ").partition("?")[0]
            )
            return f"{response['status']} → {target}"
    body = "\n".join(response["body"])
    said = re.match(r"<title>(.*)</title>", body) or re.search(r'"error": "(.*)"', body)
    return f"{response['status']} {f'“{said[1]}”' if body.startswith('<') and said else said[1] if said else response['reason']}"


def _carried(message: Mapping[str, Any], values: Mapping[str, Any]) -> Iterator[str]:
    # What comes along in `next` only waits there for its turn.
    text = re.sub(
        r"\bnext=\S*",
        "",
        "\n".join([message.get("target", ""), *message["headers"], *message["body"]]),
    )
    found = {
        shown: text.find(shown) for shown, value in values.items() if value["name"] in FOLLOWED
    }
    yield from sorted(
        (shown for shown, place in found.items() if place >= 0), key=lambda shown: found[shown]
    )


def colour(shown: str, values: Mapping[str, Any]) -> int:
    """Return the number of the colour of a followed value."""
    return [one for one, value in values.items() if value["name"] in FOLLOWED].index(
        shown
    ) % COLOURS


def lanes(recording: Mapping[str, Any], only: Sequence[int]) -> list[str]:
    """Return who takes part in some steps, in the order in which they stand side by side."""
    steps = [recording["steps"][number - 1] for number in only]
    there = {step[end] for step in steps for end in ("from", "to")}
    return [lane for lane in LANES if lane in there]


def svg(recording: Mapping[str, Any], only: Sequence[int], title: str, name: str) -> str:
    """Return the diagram.

    Args:
        recording: as it was recorded.
        only: the numbers of the steps to draw.
        title: of the diagram.
        name: what its identifiers begin with; the step 3 is `<name>-step-3`.
    """
    return _Drawing(recording, only, name).draw(title)


class _Drawing:
    def __init__(self, recording: Mapping[str, Any], only: Sequence[int], name: str) -> None:
        self._values = recording["values"]
        self._arrows = list(arrows(recording, only))
        self._steps = len(only)
        self._name = name
        there = lanes(recording, only)
        edge, apart = {2: (92, 380), 4: (68, 198)}.get(
            len(there), (92, 268)
        )  # no wider than a page, whose text has some 730 pixels
        self._x = {lane: edge + apart * place for place, lane in enumerate(there)}
        self._width = 2 * edge + apart * (len(there) - 1)

    def draw(self, title: str) -> str:
        y, rows, bars, links, asked = _HEAD, [], [], [], {}
        for arrow in self._arrows:
            chips = self._chips(arrow)
            y += _ROW
            rows.append(self._row(arrow, y, chips))
            links.append(self._link(arrow, y))
            if arrow.is_answer:
                x = self._x[arrow.sender]
                bars.append(
                    f'<rect class="flow-bar flow-{arrow.sender}" x="{x - _BAR}" y="{asked[arrow.number]}" width="{2 * _BAR}" '
                    f'height="{y - asked[arrow.number]}" rx="3"/>'
                )
            asked[arrow.number] = y
            y += _LINE * len(chips)
        height = y + 34
        who = ", ".join(self._x)
        # What is within an image is one picture to a screen reader, so the links lie above it; the list has them for the keyboard.
        return "\n".join(
            [
                f'<svg class="flow-diagram" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self._width} {height}" '
                f'width="{self._width}" height="{height}">',
                f'<svg role="img" aria-labelledby="{self._name}-title {self._name}-desc">',
                f'<title id="{self._name}-title">{escape(title)}</title>',
                f'<desc id="{self._name}-desc">A sequence diagram, from top to bottom: {self._steps} requests and their answers between '
                f"{who}. The list of steps below says the same in words.</desc>",
                *(self._lane(lane, height) for lane in self._x),
                *bars,
                *rows,
                "</svg>",
                f'<g aria-hidden="true">{"".join(links)}</g>',
                "</svg>",
            ]
        )

    def _lane(self, lane: str, height: int) -> str:
        x = self._x[lane]
        return (
            f'<g class="flow-lane flow-{lane}"><line x1="{x}" y1="54" x2="{x}" y2="{height - 6}"/>'
            f'<rect x="{x - 62}" y="6" width="124" height="48" rx="9"/>'
            f'<text class="flow-who" x="{x}" y="27">{lane}</text><text class="flow-what" x="{x}" y="44">{escape(LANES[lane])}</text></g>'
        )

    def _chips(self, arrow: Arrow) -> list[list[str]]:
        """Return the values that an arrow carries, in lines that fit below it."""
        room = abs(self._x[arrow.sender] - self._x[arrow.receiver]) - 36
        lines: list[list[str]] = []
        for shown in arrow.values:
            if (
                lines
                and sum(len(self._said(one)) + 3 for one in [*lines[-1], shown]) * _CHARACTER
                <= room
            ):
                lines[-1].append(shown)
            else:
                lines.append([shown])
        return lines

    def _said(self, shown: str) -> str:
        return str(self._values[shown]["name"]).removesuffix("_hint")

    def _row(self, arrow: Arrow, y: int, chips: list[list[str]]) -> str:
        start, end = self._x[arrow.sender], self._x[arrow.receiver]
        towards = 1 if end > start else -1
        middle = (start + end) // 2
        tip = end - towards * (_BAR + 1)
        text = [f'<text class="flow-label" x="{middle}" y="{y - 9}">{escape(arrow.label)}</text>']
        for line, shown in enumerate(chips):
            spans = " · ".join(
                f'<tspan class="flow-value-{colour(one, self._values)}">{self._said(one)}</tspan>'
                for one in shown
            )
            text.append(
                f'<text class="flow-carried" x="{middle}" y="{y + 16 + _LINE * line}">{spans}</text>'
            )
        return (
            f'<g class="{_kind(arrow)}"><line x1="{start}" y1="{y}" x2="{tip - towards * 4}" y2="{y}"/>'
            f'<path d="M{tip} {y} l{-10 * towards} -5 l0 10 z"/>{"".join(text)}</g>'
        )

    def _link(self, arrow: Arrow, y: int) -> str:
        x = self._x[arrow.sender]
        return (
            f'<a class="{_kind(arrow)}" href="#{self._name}-step-{arrow.number}" tabindex="-1"><circle cx="{x}" cy="{y}" r="11"/>'
            f'<text class="flow-number" x="{x}" y="{y + 4}">{arrow.number}</text></a>'
        )


def _kind(arrow: Arrow) -> str:
    """Return the classes of an arrow: what it is, and who has asked."""
    return (
        f"flow-answer flow-{arrow.receiver}"
        if arrow.is_answer
        else f"flow-request flow-{arrow.sender}"
    )
