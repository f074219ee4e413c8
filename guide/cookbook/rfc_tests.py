"""`{rfc-tests}`: which test holds which section of a standard, from the docstrings of the tests."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from sphinx.application import Sphinx

from cookbook.tables import Generated, prose, table
from frameworks.manifests import ROOT

_CITED = re.compile(
    r"(RFC \d+|OpenID Connect (?:Core|Discovery|RP-Initiated Logout))((?:,? (?:and )?§\d+(?:\.\d+)*)*)"
)


_TITLES = {
    "RFC 5849": "OAuth 1.0",
    "RFC 6749": "the OAuth 2.0 framework",
    "RFC 6750": "bearer tokens",
    "RFC 7009": "revocation",
    "RFC 7517": "JSON Web Keys",
    "RFC 7591": "client metadata",
    "RFC 7636": "PKCE",
    "RFC 7662": "introspection",
    "RFC 8252": "OAuth for native applications",
    "RFC 8414": "authorization server metadata",
    "RFC 8628": "the device grant",
    "RFC 8707": "resource indicators",
    "RFC 8725": "JSON Web Tokens: best current practices",
    "RFC 9068": "JWT access tokens",
    "RFC 9110": "HTTP",
    "RFC 9207": "issuer identification",
    "RFC 9700": "OAuth 2.0: best current practice for security",
    "RFC 9728": "protected resource metadata",
}


class Held(NamedTuple):
    """A test that holds a section."""

    standard: str
    section: str
    sentence: str
    file: str


class RFCTests(Generated):
    """A table for each standard that a test cites."""

    def markdown(self) -> str:
        """Return a section with a table for each standard."""
        by_standard: dict[str, list[Held]] = defaultdict(list)
        for held in sorted(set(found()), key=_order):
            by_standard[held.standard].append(held)
        return "\n".join(
            f"## {standard}{': ' * (standard in _TITLES)}{_TITLES.get(standard, '')}\n\n"
            + table(("section", "what holds", "tested in"), [_row(held) for held in tests])
            for standard, tests in by_standard.items()
        )


def found() -> Iterator[Held]:
    """Yield each section that the docstring of a test cites."""
    for path in sorted(
        [*(ROOT / "tests").rglob("test_*.py"), *(ROOT / "frameworks").glob("*/tests/test_*.py")]
    ):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith(
                "test_"
            ):
                sentence = " ".join((ast.get_docstring(node) or "").split())
                for standard, section in cited(sentence):
                    yield Held(standard, section, sentence, path.relative_to(ROOT).as_posix())


def cited(sentence: str) -> list[tuple[str, str]]:
    """Return the standard and the section of each citation in a sentence; the section is empty where none is named."""
    pairs = []
    for match in _CITED.finditer(sentence):
        pairs += [(match[1], section) for section in re.findall(r"§([\d.]*\d)", match[2]) or [""]]
    return pairs


def _order(held: Held) -> tuple[bool, list[int], list[int], str, str]:
    numbers = [int(number) for number in re.findall(r"\d+", held.standard)]
    return (
        not numbers,
        numbers,
        [int(number) for number in held.section.split(".") if number],
        held.sentence,
        held.file,
    )


def _row(held: Held) -> tuple[str, str, str]:
    return f"§{held.section}" if held.section else "–", _escaped(held.sentence), f"`{held.file}`"


def _escaped(sentence: str) -> str:
    parts = re.split(r"(`[^`]*`)", prose(sentence))
    return "".join(
        part if part.startswith("`") else re.sub(r"([\\*_<>\[\]$])", r"\\\1", part)
        for part in parts
    )


def setup(app: Sphinx) -> None:
    """Add the directive."""
    app.add_directive("rfc-tests", RFCTests)
