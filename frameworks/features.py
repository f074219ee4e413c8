"""Features: the parts of an example that a starter project can do without.

A feature is whole files, which the manifest names (`features`), or marked lines:

- a line of Python that ends with `# feature: NAME`, or a line of a page with `{# feature: NAME #}`;
- the lines between `# feature: NAME (begin)` and `# feature: NAME (end)`.

Only the sources have the marks. They are removed from examples that are served or copied, from
starter projects and from the guide.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

FEATURES = ("notes", "sqlite")
_MARK = re.compile(r"[ \t]*\{?# feature: (\w+)(?: \((begin|end)\))?(?: #\})?$")
_ALMOST_A_MARK = re.compile(r"#\s*features?\s*:", re.IGNORECASE)


class FeatureError(ValueError):
    """A mark is wrong; the message is one line that quotes it."""


def plain(text: str) -> str:
    """Return a file's content without the marks of features. Drop lines with nothing but a mark."""
    return "".join(line for line, _mark in _lines(text))


def without(feature: str, text: str) -> str:
    """Return a file's content without the lines of a feature, and without any marks.

    Args:
        feature: one of `FEATURES`.
        text: the content of a file.

    Raises:
        FeatureError: a mark is misspelt or names an unknown feature, or a block of marked lines has
            no beginning or no end.
    """
    kept = []
    block: str | None = None
    for line, mark in _lines(text):
        name, part = mark.groups() if mark else (None, None)
        _check(line, mark, block)
        if part:
            block = name if part == "begin" else None
        elif feature not in (name, block):
            kept.append(line)
    if block:
        raise FeatureError(f"the block of the feature {block!r} has no end")
    return "".join(kept)


def _lines(text: str) -> Iterator[tuple[str, re.Match[str] | None]]:
    """Yield each line without its mark, and the mark."""
    for line in text.splitlines(keepends=True):
        mark = _MARK.search(line)
        code = line[: mark.start()] if mark else ""
        yield (code + line[mark.end() :] if code else "") if mark else line, mark


def _check(line: str, mark: re.Match[str] | None, block: str | None) -> None:
    if mark is None:
        if _ALMOST_A_MARK.search(line):
            raise FeatureError(f"{line.strip()!r} is not a mark of a feature")
        return
    quoted = mark[0].strip()
    if mark[1] not in FEATURES:
        raise FeatureError(f"{quoted!r} names none of the features: {', '.join(FEATURES)}")
    if mark[2] == "end" and mark[1] != block:
        raise FeatureError(f"{quoted!r} has no beginning")
    if mark[2] != "end" and block:
        raise FeatureError(f"{quoted!r} is within the block of the feature {block!r}")
