"""The suite looks at itself: no route of the contract was left out."""

from __future__ import annotations

import pytest

from frameworks.contract import routes, sections
from tests.driving import registry


def _check(framework: str, role: str, config: pytest.Config) -> None:
    option = config.getoption("dist", "no")
    assert option in ("no", "loadgroup"), "the visits of one framework are counted in one process: use --dist loadgroup"
    assert [] == registry.unvisited(routes(role), framework, role, registry.VISITS)
    refusing = {path for path, (_methods, text) in sections(role).items() if "- Refuses" in text}
    assert refusing
    refused = {visit._replace(method="ANY", refused=False) for visit in registry.VISITS if visit.refused}
    assert [] == registry.unvisited([("ANY", path) for path in sorted(refusing)], framework, role, refused)


def test_every_route_of_a_provider_is_visited(provider_framework: str, pytestconfig: pytest.Config) -> None:
    """Each route and method of the contract's provider was answered to some test of this suite, and each that refuses has refused."""
    _check(provider_framework, "provider", pytestconfig)


def test_every_route_of_a_consumer_is_visited(consumer_framework: str, pytestconfig: pytest.Config) -> None:
    """Each route and method of the contract's consumer was answered to some test of this suite, and each that refuses has refused."""
    _check(consumer_framework, "consumer", pytestconfig)
