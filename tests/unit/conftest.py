"""What the tests in process share."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextvars import ContextVar
from functools import cache
from typing import Any

import pytest
from argon2 import PasswordHasher
from joserfc.jwk import RSAKey

from shared_validator import Event, events, on_event
from shared_validator.accounts import passwords
from shared_validator.store.sql import database

ADDRESS = "192.0.2.7"

HASHER = passwords._hasher
QUICK = {"time_cost": 1, "memory_cost": 8, "parallelism": 1}


@pytest.fixture(scope="package", autouse=True)
def _quick() -> Iterator[None]:
    """Hash passwords with little memory, check the factors of each RSA key once, and wait for no disk: each costs a third of the time."""
    import_private_key = RSAKey.binding.import_private_key

    @cache
    def imported(key: str) -> Any:
        return import_private_key(json.loads(key))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_hasher", PasswordHasher(**QUICK))
        passwords._nobodys_hash.cache_clear()
        patch.setattr(RSAKey.binding, "import_private_key", lambda key: imported(json.dumps(key, sort_keys=True)))
        patch.setattr(database, "_PRAGMAS", (*database._PRAGMAS, "PRAGMA synchronous=OFF"))
        yield
    passwords._nobodys_hash.cache_clear()


@pytest.fixture
def happened(monkeypatch: pytest.MonkeyPatch) -> list[Event]:
    """The events of a test, in order, as a hook gets them."""
    monkeypatch.setattr(events, "_hooks", [])
    monkeypatch.setattr(events, "address", ContextVar("address", default=ADDRESS))
    found: list[Event] = []
    on_event(found.append)
    return found


def fields_of(happened: list[Event], name: str) -> dict[str, str]:
    """Return the fields of the one event with this name."""
    (event,) = (event for event in happened if event.name == name)
    return dict(event.fields)
