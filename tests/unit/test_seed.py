"""Seeding: one document, all or nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from shared_validator import seed
from shared_validator.accounts.passwords import verify_password
from shared_validator.store.sql import SQLStore
from shared_validator.vault import Vault
from tests.store import samples

VAULT = Vault([b"k" * 32])
CLIENT = {"client_id": "web", "client_secret": "s", "redirect_uris": ["https://app.example/cb"], "scope": "openid"}
ALICE = {"username": "alice", "password": "correct horse", "name": "Alice", "email": "alice@example.com"}
CONSUMER = {"consumer_key": "key", "consumer_secret": "s", "callbacks": ["https://app.example/cb"]}
SEED = {"users": [ALICE], "clients": [CLIENT], "oauth1_consumers": [CONSUMER]}


@pytest.fixture
def store(sqlite_url: str) -> Iterator[SQLStore]:
    made = SQLStore(sqlite_url)
    yield made
    made.close()


def test_a_seed_makes_users_clients_and_consumers(store: SQLStore) -> None:
    """All that a provider needs for its first start."""
    seed.load(SEED, store, VAULT)

    user, client, consumer = store.user_by_name("alice"), store.client("web"), store.oauth1_consumer("key")
    assert user is not None
    assert verify_password(user.password_hash, "correct horse")
    assert client is not None
    assert ("openid",) == client.scope
    assert consumer is not None
    assert ("key", ("https://app.example/cb",)) == (consumer.name, consumer.callbacks)


def test_seeding_again_replaces_and_keeps_identifiers(store: SQLStore) -> None:
    """OpenID Connect Core §2: a subject is never reassigned, so a user keeps theirs."""
    seed.load(SEED, store, VAULT)
    before = store.user_by_name("alice")

    seed.load({"users": [ALICE | {"name": "Alice B."}]}, store, VAULT)

    after = store.user_by_name("alice")
    assert before is not None
    assert after is not None
    assert (before.user_id, "Alice B.") == (after.user_id, after.name)


def test_a_new_password_ends_the_users_sessions(store: SQLStore) -> None:
    """Someone who knew the old password is signed out; another name alone signs no one out."""
    seed.load(SEED, store, VAULT)
    alice = store.user_by_name("alice")
    assert alice is not None
    session = samples.session(user_id=alice.user_id)
    store.save_session(session)
    store.set_disabled(alice.user_id, True)

    seed.load({"users": [ALICE | {"name": "Alice B."}]}, store, VAULT)
    assert [session] == store.sessions(alice.user_id, samples.NOW)
    user = store.user_by_name("alice", include_disabled=True)
    assert replace(alice, name="Alice B.", disabled=True) == user

    seed.load({"users": [ALICE | {"password": "battery staple"}]}, store, VAULT)
    assert [] == store.sessions(alice.user_id, samples.NOW)
    user = store.user_by_name("alice", include_disabled=True)
    assert user is not None
    assert verify_password(user.password_hash, "battery staple")
    assert user.disabled


@pytest.mark.parametrize(
    "document",
    [
        {"user": [ALICE]},
        {"users": [{"username": "bob", "password": "p", "admin": True}]},
        {"users": [{"password": "p"}]},
        {"users": [ALICE], "clients": [CLIENT | {"grant_types": ["password"]}]},
        {"users": [ALICE], "oauth1_consumers": [{"consumer_key": "key"}]},
        {"users": [ALICE], "oauth1_consumers": ["key"]},
        {"users": ALICE},
        [],
    ],
)
def test_a_bad_seed_is_refused_and_nothing_of_it_is_saved(store: SQLStore, document: Any) -> None:
    """A misspelt part is not passed over."""
    with pytest.raises(ValueError, match="."):
        seed.load(document, store, VAULT)

    assert store.user_by_name("alice") is None
