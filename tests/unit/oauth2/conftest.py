"""A provider in process, made anew for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from shared_validator.accounts import new_user
from shared_validator.clients import client_from_metadata
from shared_validator.provider import Provider
from shared_validator.settings import Settings
from shared_validator.store.sql import SQLStore
from tests.unit.oauth2.server import CLIENTS, ISSUER, OTHER_API, Clock, Server


@pytest.fixture
def make_server(tmp_path: Path) -> Iterator[Any]:
    """Make a provider with the settings that a test is about."""
    stores: list[SQLStore] = []

    def make(**settings: Any) -> Server:
        store = SQLStore(f"sqlite:///{tmp_path / 'store.sqlite3'}")
        stores.append(store)
        clock = Clock()
        provider = Provider(
            Settings(issuer=ISSUER, secret_keys=(b"k" * 32,), resources=(OTHER_API,), **settings),
            store,
            {"notes:read": "Read your notes", "notes:write": "Write notes"},
            clock=clock,
        )
        user = store.user_by_name("alice") or new_user("alice", "correct horse", "Alice", "alice@example.com")
        store.save_user(user)
        for metadata in CLIENTS:
            store.save_client(client_from_metadata(metadata))
        return Server(provider, store, clock, user)

    yield make
    for store in stores:
        store.close()


@pytest.fixture
def server(make_server: Any) -> Server:
    """A provider with the default settings."""
    made: Server = make_server()
    return made
