"""Every known trap and mistake is met by a test that names it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parent.parent
LISTS = {kind: (TESTS / "KNOWN_TRAPS.md").read_text().split(f"## {kind}s\n")[1].split("\n## ")[0] for kind in ("Trap", "Mistake")}
KNOWN = [(kind, int(number)) for kind, text in LISTS.items() for number in re.findall(r"^(\d+)\. ", text, re.MULTILINE)]


def named() -> set[tuple[str, int]]:
    found: set[tuple[str, int]] = set()
    for file in TESTS.rglob("test_*.py"):
        for kind, numbers in re.findall(r"\b(Trap|Mistake)s? ((?:\d+(?:, | and )?)+)", file.read_text()):
            found |= {(kind, int(number)) for number in re.findall(r"\d+", numbers)}
    return found


@pytest.mark.parametrize(("kind", "number"), KNOWN)
def test_each_known_trap_and_mistake_is_named_by_a_test(kind: str, number: int) -> None:
    """A list that no test refers to would be a list of good intentions."""
    assert (kind, number) in named()


def test_no_test_names_a_trap_that_is_not_listed() -> None:
    """A number that leads nowhere helps nobody."""
    assert named() <= set(KNOWN)
