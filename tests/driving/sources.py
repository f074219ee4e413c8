"""What becomes of the tests of a framework whose source is not at hand: they skip, in one line that says why and how many they are."""

from __future__ import annotations

import json
import os

import pytest

from frameworks.manifests import manifests
from frameworks.sources import SourceError, find
from tests.driving.frameworks import about

_KNOWN = "COOKBOOK_TESTS_WITHOUT"
"""A variable of the environment: why which framework is not at hand. Who finds it does not look again: one run looks once."""


def missing() -> dict[str, str]:
    """Return why a framework is not at hand, by its name."""
    if _KNOWN not in os.environ:
        os.environ[_KNOWN] = json.dumps({name: reason for name in manifests() if (reason := _reason(name))})
    found: dict[str, str] = json.loads(os.environ[_KNOWN])
    return found


def _reason(name: str) -> str | None:
    source = manifests()[name].source
    try:
        if source is not None:
            find(source)
    except SourceError as error:
        return str(error)
    return None


def skip_what_cannot_be_served(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Let one test of each framework that is not at hand stand for all of its tests, and skip."""
    for name, manifest in manifests().items():
        concerned = [item for item in items if manifest.source is not None and name in about(item)]
        if concerned and name in missing():
            concerned[0].add_marker(pytest.mark.skip(f"{manifest.title}: {missing()[name]} ({len(concerned)} tests)"))
            config.hook.pytest_deselected(items=concerned[1:])
            others = set(concerned[1:])
            items[:] = [item for item in items if item not in others]
