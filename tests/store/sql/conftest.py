"""What only SQLStore has is tested on its two databases."""

from __future__ import annotations

import pytest

from tests.store.crew import OpenStore


@pytest.fixture(params=["sqlite", "postgresql"])
def open_store(request: pytest.FixtureRequest) -> OpenStore:
    """Return what opens the store of this test, in this process and in others."""
    opened: OpenStore = request.getfixturevalue(f"open_{request.param}")
    return opened
