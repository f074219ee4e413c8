"""A provider in process, made anew for each test."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from shared_validator.accounts import new_user
from shared_validator.clients import client_from_metadata
from shared_validator.context import Context
from shared_validator.keys import KeyRing
from shared_validator.provider import Provider
from shared_validator.settings import Settings
from shared_validator.store.sql import SQLStore
from tests.unit.oauth2.server import CLIENTS, ISSUER, KEY, OTHER_API, Clock, Server

SCOPES = {"notes:read": "Read your notes", "notes:write": "Write notes"}


@pytest.fixture(scope="session")
def filled(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with a user, the clients and the signing keys: making a key and hashing a password take long."""
    file = tmp_path_factory.mktemp("filled") / "store.sqlite3"
    shutil.copy(migrated_file, file)
    store = SQLStore(f"sqlite:///{file}")
    store.save_user(new_user("alice", "correct horse", "Alice", "alice@example.com"))
    for metadata in CLIENTS:
        store.save_client(client_from_metadata(metadata))
    KeyRing(Context(Settings(issuer=ISSUER, secret_keys=(KEY,)), store, {}, Clock())).jwks()
    store.close()
    return file


@pytest.fixture
def make_server(tmp_path: Path, filled: Path) -> Iterator[Callable[..., Server]]:
    """Make a provider with the settings that a test is about; all those of one test share a database."""
    stores: list[SQLStore] = []
    file = tmp_path / "store.sqlite3"
    shutil.copy(filled, file)

    def make(**settings: Any) -> Server:
        store = SQLStore(f"sqlite:///{file}")
        stores.append(store)
        clock = Clock()
        made = Settings(issuer=ISSUER, secret_keys=(KEY,), resources=(OTHER_API,), **settings)
        user = store.user_by_name("alice")
        assert user is not None
        return Server(Provider(made, store, SCOPES, clock=clock), store, clock, user)

    yield make
    for store in stores:
        store.close()


@pytest.fixture
def server(make_server: Callable[..., Server]) -> Server:
    """A provider with the default settings."""
    return make_server()
