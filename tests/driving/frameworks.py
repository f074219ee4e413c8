"""Which frameworks the tests run for: those whose manifests say that they work."""

from __future__ import annotations

import pytest

from frameworks.manifests import manifests


def having(*roles: str) -> list[str]:
    """Return the names of the frameworks that have these roles and are not broken."""
    found = [name for name, manifest in manifests().items() if set(roles) <= set(manifest.roles) and manifest.status != "broken"]
    if not found:
        raise pytest.UsageError(f"no framework has a {' and a '.join(roles)}, so nothing would be tested")
    return found
