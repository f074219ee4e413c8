"""Which frameworks the tests run for."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from pathlib import Path

import pytest

from frameworks.manifests import TIERS, manifests

_MANIFESTS = manifests()


def having(*roles: str, tier: str = TIERS[0]) -> list[str]:
    """Return the names of the frameworks that are not broken, have these roles and are tested up to a tier."""
    found = [
        name
        for name, manifest in _MANIFESTS.items()
        if set(roles) <= set(manifest.roles) and manifest.status != "broken" and TIERS.index(tier) <= TIERS.index(manifest.tests)
    ]
    if not found:
        raise pytest.UsageError(f"no framework has a {' and a '.join(roles)} and the tests {tier!r}, so nothing would be tested")
    return found


def tier_of(metafunc: pytest.Metafunc) -> str:
    """Return the tier of a test: its mark's, or with ``--everything`` the one that every framework has."""
    marker = metafunc.definition.get_closest_marker("tier")
    return marker.args[0] if marker and not metafunc.config.option.everything else TIERS[0]


def about(item: pytest.Item) -> set[str]:
    """Return the names of the frameworks whose examples a test serves: it is called with one, or is in the folder of its tests."""
    if item.path.parent.name == "repo":
        return set()  # these look at the framework's folder
    params = item.callspec.params.values() if hasattr(item, "callspec") else ()
    given = {part for value in params for part in (value if isinstance(value, tuple) else (value,)) if isinstance(part, str)}
    return (given & set(_MANIFESTS)) | _owner(item.path)


@cache
def _owner(path: Path) -> set[str]:
    return {name for name, manifest in _MANIFESTS.items() if path.is_relative_to(manifest.folder / "tests")}


def only(names: Collection[str], config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave only the tests of these frameworks."""
    if unknown := set(names) - set(_MANIFESTS):
        raise pytest.UsageError(f"--framework {', '.join(sorted(unknown))}: there is none of this name; there are: {', '.join(_MANIFESTS)}")
    kept = [item for item in items if about(item) & set(names)]
    config.hook.pytest_deselected(items=list(set(items) - set(kept)))
    items[:] = kept
