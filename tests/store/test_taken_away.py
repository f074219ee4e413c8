"""The contract of a store: what belongs to a user, client or consumer that is disabled or gone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from sqlalchemy import text

from shared_validator.store import Store
from shared_validator.store.sql import SQLStore
from shared_validator.store.web2py import Web2pyStore
from tests.store import samples
from tests.store.crew import OpenStore
from tests.store.samples import NOW
from tests.store.test_sessions import allow_everything

WEB2PY_USERS = """CREATE TABLE auth_user (id INTEGER PRIMARY KEY, sub CHAR(32) UNIQUE, username CHAR(128), password CHAR(512),
    first_name CHAR(128), last_name CHAR(128), email CHAR(512), registration_key CHAR(512))"""

OAUTH2 = {"code", "access token", "refresh token", "rotation", "device code"}
OAUTH1 = {"temporary", "token credentials"}


def _sql(store: SQLStore, statement: str, **parameters: str) -> None:
    with store.engine.connect() as connection:
        connection.execute(text(statement), parameters)


@pytest.fixture
def open_auth_user(open_sqlite: OpenStore) -> OpenStore:
    """Return what opens a store with web2py's table of users."""
    with closing(open_sqlite()) as store:
        url = str(store.engine.url).replace("+pysqlite", "")
        _sql(store, WEB2PY_USERS)
    return partial(Web2pyStore, url)


def _of_user(store: Any) -> tuple[str, str]:
    """Return the table of a store's users, and the column with their ``sub``."""
    return ("auth_user", "sub") if isinstance(store, Web2pyStore) else ("oauth_users", "user_id")


def _disable(store: Store, user_id: str) -> None:
    store.set_disabled(user_id, True)


def _delete(store: Store, user_id: str) -> None:
    store.delete_user(user_id)


def _delete_by_sql(store: Any, user_id: str) -> None:
    if isinstance(store, SQLStore):
        table, column = _of_user(store)
        _sql(store, f"DELETE FROM {table} WHERE {column} = :user", user=user_id)  # noqa: S608
        return
    from django.db import connections

    (person,) = store._people(user_id)
    connection = connections[store._transactions.using]
    if connection.vendor == "postgresql":
        person.delete()  # by SQL, the database refuses to delete a row that others refer to
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA foreign_keys=OFF")  # as in the sqlite3 command
        cursor.execute("DELETE FROM auth_user WHERE id = %s", [person.pk])
        cursor.execute("PRAGMA foreign_keys=ON")


def _block_by_sql(store: Any, user_id: str) -> None:
    if isinstance(store, Web2pyStore):
        _sql(store, "UPDATE auth_user SET registration_key = 'blocked' WHERE sub = :user", user=user_id)
    elif isinstance(store, SQLStore):
        _sql(store, "UPDATE oauth_users SET disabled = TRUE WHERE user_id = :user", user=user_id)
    else:
        store._people(user_id).update(is_active=False)


@pytest.fixture(params=["sqlite", "postgresql", "auth_user", "django_sqlite", "django_postgresql"])
def any_store(request: pytest.FixtureRequest) -> Iterator[Store]:
    """Each store, with a user in its own table."""
    with closing(request.getfixturevalue(f"open_{request.param}")()) as store:
        yield store


@pytest.mark.fault(3)
@pytest.mark.parametrize("remove", [_disable, _delete, _delete_by_sql, _block_by_sql])
def test_a_user_who_may_not_sign_in_keeps_nothing(any_store: Store, remove: Callable[[Store, str], None]) -> None:
    """RFC 6749 §5.2, RFC 6750 §3.1: sessions, codes, tokens and credentials are dead at once, and those of others are not."""
    alice, bob = samples.user(), samples.user()
    for user in (alice, bob):
        any_store.save_user(user)
    of_alice, of_bob = (allow_everything(any_store, user.user_id) for user in (alice, bob))
    remove(any_store, alice.user_id)
    assert any_store.user(alice.user_id) is None
    assert any_store.user_by_name(alice.username) is None
    assert dict.fromkeys(of_alice) == {name: look() for name, look in of_alice.items()}
    assert set() == {name for name, look in of_bob.items() if look() is None}


@pytest.mark.fault(3)
def test_what_is_revoked_while_its_user_is_disabled_stays_dead(any_store: Store) -> None:
    """RFC 7009 §2.1: a token of a disabled user is found to revoke it, and nothing that was revoked works again when they are enabled."""
    alice = samples.user()
    any_store.save_user(alice)
    allow_everything(any_store, alice.user_id, client_id="app")
    access, kept = (samples.access_token(client_id="app", user_id=alice.user_id) for _ in range(2))
    refresh = samples.refresh_token(client_id="app", user_id=alice.user_id)
    for token in (access, kept):
        any_store.save_access_token(token)
    any_store.save_refresh_token(refresh)
    any_store.set_disabled(alice.user_id, True)

    assert access == any_store.access_token(access.token_hash, include_disabled=True)
    assert refresh == any_store.refresh_token(refresh.token_hash, include_disabled=True)
    any_store.revoke_access_token(access.token_hash)
    any_store.revoke_grant(refresh.grant_id)
    any_store.set_disabled(alice.user_id, False)

    assert any_store.access_token(access.token_hash) is None
    assert any_store.refresh_token(refresh.token_hash) is None
    assert any_store.access_token(kept.token_hash) is not None


@pytest.mark.fault(46)
def test_a_name_that_becomes_free_gets_nothing_of_the_old_user(any_store: Store) -> None:
    """OpenID Connect Core §2: a new user with the name of a deleted one has another sub, and none of what it could do."""
    alice = samples.user()
    any_store.save_user(alice)
    of_alice = allow_everything(any_store, alice.user_id)
    any_store.delete_user(alice.user_id)
    newcomer = samples.user(username=alice.username)
    any_store.save_user(newcomer)
    found = any_store.user_by_name(alice.username)
    assert found is not None
    assert newcomer.user_id == found.user_id != alice.user_id
    assert [] == any_store.applications(newcomer.user_id)
    assert dict.fromkeys(of_alice) == {name: look() for name, look in of_alice.items()}


@pytest.mark.fault(46)
def test_everything_of_a_disabled_client_is_refused_until_it_is_enabled(store: Store) -> None:
    """A client is disabled for a while without losing what users let it do; an OAuth 1.0a consumer too."""
    looking = allow_everything(store, "user", client_id="app", consumer_key="printer")
    client, consumer = store.client("app"), store.oauth1_consumer("printer")
    assert client is not None
    assert consumer is not None
    store.save_client(replace(client, disabled=True))
    store.save_oauth1_consumer(replace(consumer, disabled=True))

    assert store.client("app") is None
    assert store.oauth1_consumer("printer") is None
    assert replace(client, disabled=True) == store.client("app", include_disabled=True)
    assert replace(consumer, disabled=True) == store.oauth1_consumer("printer", include_disabled=True)
    session = looking.pop("session")
    assert session() is not None
    assert dict.fromkeys(looking) == {name: look() for name, look in looking.items()}

    store.save_client(client)
    store.save_oauth1_consumer(consumer)
    assert set() == {name for name, look in looking.items() if look() is None}


@pytest.mark.fault(46)
def test_a_client_that_is_deleted_takes_everything_with_it(store: Store) -> None:
    """Nothing works again when its identifier is registered again; other clients keep theirs."""
    looking = allow_everything(store, "user", client_id="app", consumer_key="printer")
    others = allow_everything(store, "user")
    own = samples.access_token(client_id="app", user_id=None)
    store.save_access_token(own)
    client, consumer = store.client("app"), store.oauth1_consumer("printer")
    assert client is not None
    assert consumer is not None
    store.delete_client("app")
    store.delete_oauth1_consumer("printer")
    for nothing in ("nothing", "\x00"):
        store.delete_client(nothing)
        store.delete_oauth1_consumer(nothing)
    store.save_client(client)
    store.save_oauth1_consumer(consumer)

    assert () == store.consent("user", "app")
    assert store.access_token(own.token_hash) is None
    looking.pop("session")
    assert dict.fromkeys(looking) == {name: look() for name, look in looking.items()}
    assert set() == {name for name, look in others.items() if look() is None}


@pytest.mark.parametrize(
    ("revoke", "of", "gone", "ended"),
    [
        ("revoke_everything_of_user", "user", {"user at app", "user at other"}, OAUTH2 | OAUTH1),
        ("revoke_everything_of_client", "app", {"user at app", "another user at app"}, OAUTH2),
        ("revoke_everything_of_oauth1_consumer", "app", {"user at app", "another user at app"}, OAUTH1),
    ],
)
def test_everything_of_a_user_or_a_client_is_revoked(store: Store, revoke: str, of: str, gone: set[str], ended: set[str]) -> None:
    """RFC 7009 §2.1: the user, the client and its registration stay, and so do the sessions."""
    looking = {
        f"{user_id} at {client_id}": allow_everything(store, user_id, client_id=client_id, consumer_key=client_id)
        for user_id in ("user", "another user")
        for client_id in ("app", "other")
    }
    getattr(store, revoke)(of)
    found = {whose: {name for name, look in looks.items() if look() is not None} for whose, looks in looking.items()}
    assert {whose: set(looks) - (ended if whose in gone else set()) for whose, looks in looking.items()} == found
    assert store.client("app") is not None
    assert store.user("user") is not None


@pytest.mark.fault(46)
def test_an_access_token_has_only_what_its_client_has_now(store: Store) -> None:
    """RFC 6749 §3.3: its scope is limited, and it ends with the grant types that could have issued it."""
    client = samples.client(scope=("openid", "profile", "notes:read"))
    store.save_client(client)
    of_user, own = (
        samples.access_token(client_id=client.client_id, user_id=user_id, scope=("openid", "notes:read")) for user_id in ("user", None)
    )
    for token in (of_user, own):
        store.save_access_token(token)
        assert token == store.access_token(token.token_hash)
    store.save_client(replace(client, scope=("notes:read", "more")))
    assert replace(own, scope=("notes:read",)) == store.access_token(own.token_hash)
    store.save_client(replace(client, grant_types=("client_credentials",)))
    assert [None, own] == [store.access_token(token.token_hash) for token in (of_user, own)]
    store.save_client(replace(client, grant_types=("refresh_token",)))
    assert [of_user, None] == [store.access_token(token.token_hash) for token in (of_user, own)]


def test_lists_go_on_where_they_ended(store: Store) -> None:
    """A long list is read in parts, in the order of its keys; disabled records are in it."""
    clients = [samples.client(client_id=f"page-{number}", disabled=number == 1) for number in range(3)]
    consumers = [samples.oauth1_consumer(consumer_key=f"page-{number}", disabled=number == 1) for number in range(3)]
    people = [samples.user(username=f"page-{number}", disabled=number == 1) for number in range(3)]
    for number in (2, 0, 1):
        store.save_client(clients[number])
        store.save_oauth1_consumer(consumers[number])
        store.save_user(people[number])
    assert clients[:2] == store.list_clients("page-", 2)
    assert clients[2:] == store.list_clients("page-1", 2)
    assert consumers[:2] == store.list_oauth1_consumers("page-", 2)
    assert people[1:] == store.list_users("page-0", 2)
    assert [] == store.list_users("\x00", 2) == store.list_clients("\x00", 2) == store.list_oauth1_consumers("\x00", 2)


def test_the_offered_scopes_are_those_recorded_last(store: Store) -> None:
    """A scope that the application no longer offers is forgotten."""
    assert () == store.offered_scopes()
    store.save_offered_scopes(["openid", "notes:read"])
    store.save_offered_scopes(["notes:write", "openid", "openid"])
    assert ("notes:write", "openid") == store.offered_scopes()


def test_sealed_values_are_listed_and_replaced(store: Store) -> None:
    """Each kind is read in parts by its keys; a value that has changed meanwhile is left alone."""
    consumer = samples.oauth1_consumer(sealed_secret=b"old", previous_sealed_secret=b"older")
    store.save_oauth1_consumer(consumer)
    credentials = [samples.token_credentials(consumer_key=consumer.consumer_key, sealed_secret=b"old") for _ in range(3)]
    for each in credentials:
        store.save_token_credentials(each)
    store.save_signing_key(samples.signing_key(kid="kid", sealed_key=b"old"))
    store.save_temporary_credentials(temporary := samples.temporary_credentials(sealed_secret=b"old"))
    store.save_refresh_token(refresh := samples.refresh_token(sealed_answer=b"old"))
    store.save_refresh_token(samples.refresh_token())
    store.save_sealed(b"name", b"old", NOW)
    hashes = sorted(each.token_hash for each in credentials)

    assert [(hashes[0], b"old"), (hashes[1], b"old")] == store.list_sealed("oauth1 token secret", None, 2)
    assert [(hashes[2], b"old")] == store.list_sealed("oauth1 token secret", hashes[1], 2)
    for kind, key in {
        "signing key": "kid",
        "oauth1 temporary secret": temporary.token_hash,
        "refresh answer": refresh.token_hash,
        "consumer value": b"name",
    }.items():
        assert [(key, b"old")] == store.list_sealed(kind, None, 10), kind
        store.replace_sealed(kind, key, b"another", b"wrong")
        assert [(key, b"old")] == store.list_sealed(kind, None, 10), kind
        store.replace_sealed(kind, key, b"old", b"new")
        assert [(key, b"new")] == store.list_sealed(kind, None, 10), kind
    store.replace_sealed("oauth1 previous consumer secret", consumer.consumer_key, b"older", b"new")
    assert replace(consumer, previous_sealed_secret=b"new") == store.oauth1_consumer(consumer.consumer_key)


def test_the_databases_clock_is_near(store: Store) -> None:
    """Seconds since 1970, as ours."""
    import time

    assert abs(store.time() - time.time()) < 3600
