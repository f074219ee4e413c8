"""A provider in process, made anew for each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from shared_validator.store.sql import SQLStore
from tests.unit.oauth1.server import Server


@pytest.fixture
def make_server(sqlite_url: str) -> Iterator[Callable[..., Server]]:
    """Make a provider with the settings that a test is about."""
    store = SQLStore(sqlite_url)
    yield lambda **settings: Server(store, **settings)
    store.close()


@pytest.fixture
def server(make_server: Any) -> Server:
    """A provider with the default settings."""
    made: Server = make_server()
    return made
