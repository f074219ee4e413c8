"""The provider that the conformance suite serves too."""

from __future__ import annotations

import pytest

from tests.conformance.conftest import provider, served
from tests.driving.frameworks import having, tier_of

__all__ = ["provider", "served"]  # fixtures are found by their names here


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run each test for the providers of its tier; what one framework serves is asked by one process."""
    if "provider_framework" in metafunc.fixturenames:
        marked = [
            pytest.param(name, marks=pytest.mark.xdist_group(f"interop {name}")) for name in having("provider", tier=tier_of(metafunc))
        ]
        metafunc.parametrize("provider_framework", marked, scope="session")


@pytest.fixture(autouse=True)
def _http_on_a_loopback_address(monkeypatch: pytest.MonkeyPatch) -> None:
    # These clients insist on https, the served examples are on a loopback address.
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    monkeypatch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")
