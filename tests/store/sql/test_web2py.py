"""Web2pyStore: its users are web2py's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import pytest
from sqlalchemy import text

from shared_validator.store.sql import SQLStore
from shared_validator.store.web2py import Web2pyStore
from tests.store import samples
from tests.store.test_taken_away import WEB2PY_USERS


@pytest.fixture
def store(sqlite_url: str) -> Iterator[Web2pyStore]:
    """A store with web2py's table of users."""
    with closing(SQLStore(sqlite_url)) as first, first.engine.connect() as connection:
        connection.execute(text(WEB2PY_USERS))
    with closing(Web2pyStore(sqlite_url)) as made:
        yield made


def test_a_user_is_saved_where_web2py_signs_them_in(store: Web2pyStore) -> None:
    """By its columns, and once: a second save replaces the first."""
    alice = samples.user(username="alice", name="Alice B. Carroll", email="alice@example.com")
    store.save_user(alice)
    store.save_user(replace(alice, name="Alice", disabled=True))

    with store.engine.connect() as connection:
        rows = connection.execute(text("SELECT sub, username, first_name, last_name, email, registration_key FROM auth_user")).all()
    assert [(alice.user_id, "alice", "Alice", "", "alice@example.com", "blocked")] == rows
    assert replace(alice, name="Alice", disabled=True) == store.user_by_name("alice", include_disabled=True)


def test_two_users_do_not_share_a_name(store: Web2pyStore) -> None:
    """web2py's table allows it, and only its forms check."""
    store.save_user(samples.user(username="alice"))

    with pytest.raises(ValueError, match="another user has the name alice"):
        store.save_user(samples.user(username="alice"))
