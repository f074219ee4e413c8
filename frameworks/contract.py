"""The routes in the headings of `CONTRACT.md`."""

from __future__ import annotations

import re
from pathlib import Path

CONTRACT = Path(__file__).resolve().parent / "CONTRACT.md"
_HEADING = re.compile(r"### ([A-Z]+(?:, [A-Z]+)*) (/\S*)")


def routes(role: str) -> list[tuple[str, str]]:
    """Return each route of `provider` or `consumer` as (method, path). HEAD is implied by GET.

    Raises:
        ValueError: a heading does not have the form `### METHOD, METHOD /path`, or the role has no
            routes.
    """
    found = []
    section = ""
    for line in CONTRACT.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            section = line[3:].lower()
        elif line.startswith("### ") and section == role:
            heading = _HEADING.fullmatch(line)
            if heading is None:
                raise ValueError(f"{CONTRACT.name}: {line!r} is not a route")
            found += [(method, heading[2]) for method in heading[1].split(", ")]
    if not found:
        raise ValueError(f"{CONTRACT.name}: the role {role!r} has no routes")
    return found
