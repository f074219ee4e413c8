"""``tests/FAULTS.md``: for each kind of fault in ``tests/faults.toml``, the tests that guard against it.

``python -m tests.faults`` writes it from the marks of the collected tests.
"""

from __future__ import annotations

import tomllib
from collections import defaultdict
from contextlib import redirect_stdout
from io import StringIO

import pytest

from frameworks.manifests import ROOT
from tests.driving.frameworks import about

LIST = ROOT / "tests" / "faults.toml"
PAGE = ROOT / "tests" / "FAULTS.md"
_HEAD = """# Faults and their tests

Each kind of fault was found from outside. The tests with its number fail if it comes back. `python -m tests.faults` writes this page.

| | what is right | tests | frameworks | stores |
|---|---|---|---|---|
"""


def kinds() -> dict[int, str]:
    """Return what is right for each kind of fault, by its number."""
    return {int(number): right for number, right in tomllib.loads(LIST.read_text(encoding="utf-8")).items()}


class Marks:
    """A plugin that keeps the collected tests by the kind of fault that they are marked with."""

    def __init__(self) -> None:
        self.items: dict[int, list[pytest.Item]] = defaultdict(list)

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Read the marks before anything is left out."""
        for item in items:
            for mark in item.iter_markers("fault"):
                for number in mark.args:
                    self.items[number].append(item)


def collect() -> dict[int, list[pytest.Item]]:
    """Collect all tests, and return those with a mark. Raises ``RuntimeError`` if they cannot be collected."""
    marks = Marks()
    with redirect_stdout(StringIO()):
        status = pytest.main(["--collect-only", "-qqq", "-p", "no:cacheprovider", "--rootdir", str(ROOT)], [marks])
    if status != pytest.ExitCode.OK:
        raise RuntimeError(f"the tests cannot be collected: {status}")
    return marks.items


def page(items: dict[int, list[pytest.Item]]) -> str:
    """Return the page. Raises ``ValueError`` if a mark has an unknown number, or a kind has no test."""
    right = kinds()
    if items.keys() != right.keys():
        raise ValueError(f"no such kind: {sorted(items.keys() - right.keys())}; no test: {sorted(right.keys() - items.keys())}")
    return _HEAD + "".join(_row(number, text, items[number]) for number, text in right.items())


def _row(number: int, text: str, items: list[pytest.Item]) -> str:
    tests = sorted({f"`{item.location[0]}::{item.originalname}`" for item in items if isinstance(item, pytest.Function)})
    frameworks = sorted({name for item in items for name in about(item)})
    stores = sorted({part for item in items for part in item.nodeid.partition("[")[2].rstrip("]").split("-")} & STORES)
    return f"| {number} | {text} | {'<br>'.join(tests)} | {', '.join(frameworks)} | {', '.join(stores)} |\n"


STORES = frozenset(("sqlite", "postgresql", "pooled", "serializable", "django_sqlite", "django_postgresql", "django_serializable"))
"""The names of ``tests/store/conftest.py``."""


if __name__ == "__main__":
    PAGE.write_text(page(collect()), encoding="utf-8")
