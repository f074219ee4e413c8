"""The routes in the headings of `CONTRACT.md`, and what it says about each."""

from __future__ import annotations

import re
from pathlib import Path

CONTRACT = Path(__file__).resolve().parent / "CONTRACT.md"
_HEADING = re.compile(r"([A-Z]+(?:, [A-Z]+)*) (/\S*)")


def routes(role: str) -> list[tuple[str, str]]:
    """Return each route of `provider` or `consumer` as (method, path). HEAD is implied by GET.

    Raises:
        ValueError: a heading does not have the form `### METHOD, METHOD /path`, or the role has no
            routes.
    """
    return [
        (method, path)
        for path, (methods, _text) in sections(role).items()
        for method in methods.split(", ")
    ]


def sections(role: str) -> dict[str, tuple[str, str]]:
    """Return the methods and the text of each route of `provider` or `consumer`, by its path.

    Raises:
        ValueError: as `routes` does.
    """
    chapters = CONTRACT.read_text(encoding="utf-8").split("\n## ")
    chapter = next((one for one in chapters if one.lower().startswith(f"{role}\n")), "")
    found = {}
    for section in chapter.split("\n### ")[1:]:
        heading, _, text = section.partition("\n")
        route = _HEADING.fullmatch(heading)
        if route is None:
            raise ValueError(f"{CONTRACT.name}: {heading!r} is not a route")
        found[route[2]] = (route[1], text.strip())
    if not found:
        raise ValueError(f"{CONTRACT.name}: the role {role!r} has no routes")
    return found
