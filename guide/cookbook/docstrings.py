"""What our docstrings say, in their own format."""

from __future__ import annotations

import inspect
import re

from cookbook.tables import MissingSource, prose


def arguments(documented: type) -> dict[str, str]:
    """Return what the docstring of a class says of each of its arguments, as Markdown. Raises `MissingSource`."""
    found = re.search(
        r"^Args:\n((?:    .*\n?|\n)+)", inspect.getdoc(documented) or "", re.MULTILINE
    )
    if found is None:
        raise MissingSource(f"the docstring of {documented.__name__} has no Args")
    parts = re.split(r"^    (\w+): ", found[1], flags=re.MULTILINE)[1:]
    return {
        name: prose(" ".join(text.split()))
        for name, text in zip(parts[::2], parts[1::2], strict=True)
    }
