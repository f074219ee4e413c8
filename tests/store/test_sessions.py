"""The contract of a store: sign-in sessions, and users who are disabled or deleted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from shared_validator.accounts import users
from shared_validator.accounts.passwords import verify_password
from shared_validator.store import Store
from tests.store import samples
from tests.store.samples import LATER, NOW, new_hash


def test_a_session_is_found_until_it_expires(store: Store) -> None:
    """A session comes back as it was saved, by its hash alone."""
    session = samples.session()
    store.save_session(session)
    assert session == store.session(session.session_hash, LATER - 1)
    assert store.session(session.session_hash, LATER) is None
    assert store.session(new_hash(), NOW) is None
    with pytest.raises(ValueError, match="there already"):
        store.save_session(session)


def test_a_touch_prolongs_a_session(store: Store) -> None:
    """Only this session's time and end change."""
    session, other = samples.session(), samples.session()
    store.save_session(session)
    store.save_session(other)
    store.touch_session(session.session_hash, NOW + 60, LATER + 60)
    touched = replace(session, last_seen_at=NOW + 60, expires_at=LATER + 60)
    assert touched == store.session(session.session_hash, LATER)
    assert other == store.session(other.session_hash, NOW)


def test_a_touch_brings_no_session_back(store: Store) -> None:
    """A request that is under way while its user signs out changes nothing, and a late one neither."""
    ended, expired = samples.session(), samples.session(expires_at=NOW)
    store.save_session(ended)
    store.save_session(expired)
    store.end_session(ended.session_hash)
    for session in (ended, expired):
        store.touch_session(session.session_hash, NOW, LATER)
        assert store.session(session.session_hash, NOW) is None
    assert [] == store.sessions("user", NOW)


def test_a_users_sessions_are_listed_newest_first(store: Store) -> None:
    """Expired ones and those of other users are left out."""
    old, new = samples.session(created_at=NOW - 60), samples.session(created_at=NOW)
    for session in (
        old,
        new,
        samples.session(user_id="another user"),
        samples.session(expires_at=NOW),
    ):
        store.save_session(session)
    assert [new, old] == store.sessions("user", NOW)
    assert [] == store.sessions("\x00", NOW)


def test_ending_all_sessions_keeps_the_one_that_is_named(store: Store) -> None:
    """A user who signs out everywhere else stays signed in here; other users don't notice."""
    sessions = [samples.session(created_at=NOW + number) for number in range(3)]
    other = samples.session(user_id="another user")
    for session in (*sessions, other):
        store.save_session(session)
    store.end_sessions("user", keep=sessions[1].session_hash)
    assert [sessions[1]] == store.sessions("user", NOW)
    store.end_sessions("user")
    assert [] == store.sessions("user", NOW)
    assert [other] == store.sessions("another user", NOW)


def allow_everything(store: Store, user_id: str, **of: str) -> dict[str, Callable[[], object]]:
    """Save all that a user can allow, and return what looks for each part of it.

    ``of`` may name the ``client_id`` and the ``consumer_key``.
    """
    client = samples.client(**{name: value for name, value in of.items() if name == "client_id"})
    consumer = samples.oauth1_consumer(**{name: value for name, value in of.items() if name == "consumer_key"})
    store.save_client(client)
    store.save_oauth1_consumer(consumer)
    of_client = {"user_id": user_id, "client_id": client.client_id}
    session, code = samples.session(user_id=user_id), samples.code(**of_client)
    access, refresh = samples.access_token(**of_client), samples.refresh_token(**of_client)
    device = samples.device_code(client_id=client.client_id)
    temporary = samples.temporary_credentials(consumer_key=consumer.consumer_key)
    token = samples.token_credentials(consumer_key=consumer.consumer_key, user_id=user_id)
    store.save_session(session)
    store.save_consent(user_id, client.client_id, ("profile",), NOW)
    store.save_code(code)
    store.save_access_token(access)
    store.save_refresh_token(refresh)
    store.save_device_code(device)
    store.answer_device_code(device.user_code_hash, user_id, NOW, True, NOW)
    store.save_temporary_credentials(temporary)
    store.answer_temporary_credentials(temporary.token_hash, user_id, b"verifier", NOW)
    store.save_token_credentials(token)
    claim_device, claim_temporary = store.claim_device_code, store.claim_temporary_credentials
    return {
        "session": lambda: store.session(session.session_hash, NOW),
        "code": lambda: store.claim_code(code.code_hash, client.client_id, NOW),
        "access token": lambda: store.access_token(access.token_hash),
        "refresh token": lambda: store.refresh_token(refresh.token_hash),
        "rotation": lambda: store.rotate_refresh_token(refresh.token_hash, client.client_id, NOW),
        "device code": lambda: claim_device(device.device_code_hash, client.client_id, NOW),
        "temporary": lambda: claim_temporary(temporary.token_hash, consumer.consumer_key, b"verifier", NOW),
        "token credentials": lambda: store.token_credentials(token.token_hash),
    }


def test_everything_of_a_disabled_user_is_refused_until_they_are_enabled(store: Store) -> None:
    """A blocked user's sessions, codes and tokens are dead at once; later all is as it was."""
    alice = samples.user()
    store.save_user(alice)
    looking = allow_everything(store, alice.user_id)
    disabled = replace(alice, disabled=True)
    store.save_user(disabled)
    assert store.user(alice.user_id) is None
    assert store.user_by_name(alice.username) is None
    assert disabled == store.user(alice.user_id, include_disabled=True)
    assert disabled == store.user_by_name(alice.username, include_disabled=True)
    assert dict.fromkeys(looking) == {name: look() for name, look in looking.items()}
    store.save_user(alice)
    assert alice == store.user(alice.user_id)
    assert set() == {name for name, look in looking.items() if look() is None}


def test_everything_of_a_deleted_user_goes_with_them(store: Store) -> None:
    """And nothing of another user's."""
    alice, bob = samples.user(), samples.user()
    store.save_user(alice)
    store.save_user(bob)
    of_alice, of_bob = (allow_everything(store, user.user_id) for user in (alice, bob))
    store.delete_user(alice.user_id)
    store.delete_user("nobody")
    store.delete_user("\x00")
    assert store.user(alice.user_id) is None
    assert [] == store.applications(alice.user_id)
    assert dict.fromkeys(of_alice) == {name: look() for name, look in of_alice.items()}
    assert bob == store.user(bob.user_id)
    assert set() == {name for name, look in of_bob.items() if look() is None}
    store.save_user(replace(samples.user(), username=alice.username))


def test_deleting_a_user_joins_a_transaction(store: Store) -> None:
    """A deletion within a transaction that fails has deleted nothing."""
    alice = samples.user()
    store.save_user(alice)
    looking = allow_everything(store, alice.user_id)
    with pytest.raises(KeyError), store.transaction():  # noqa: PT012
        store.delete_user(alice.user_id)
        raise KeyError
    assert alice == store.user(alice.user_id)
    assert set() == {name for name, look in looking.items() if look() is None}


def test_a_new_password_ends_all_sessions_but_the_one_that_changes_it(store: Store) -> None:
    """Someone who took a session or guessed the password is out."""
    alice = samples.user()
    store.save_user(alice)
    here, elsewhere = (samples.session(user_id=alice.user_id) for _ in range(2))
    store.save_session(here)
    store.save_session(elsewhere)
    users.set_password(store, alice.user_id, "battery staple", keep=here.session_hash)
    assert [here] == store.sessions(alice.user_id, NOW)
    changed = store.user(alice.user_id)
    assert changed is not None
    assert replace(alice, password_hash=changed.password_hash) == changed
    assert verify_password(changed.password_hash, "battery staple")
    users.set_password(store, alice.user_id, "battery staple")
    assert [] == store.sessions(alice.user_id, NOW)


def test_a_disabled_user_has_no_session_when_they_are_enabled(store: Store) -> None:
    """They sign in again; what they allowed applications to do still works."""
    alice, session = samples.user(), samples.session()
    store.save_user(alice)
    store.save_session(replace(session, user_id=alice.user_id))
    users.disable_user(store, alice.user_id)
    assert store.user(alice.user_id) is None
    users.enable_user(store, alice.user_id)
    assert alice == store.user(alice.user_id)
    assert store.session(session.session_hash, NOW) is None


@pytest.mark.parametrize("user_id", ["nobody", "\x00", "n" * 300])
def test_an_unknown_users_account_cannot_be_changed(store: Store, user_id: str) -> None:
    """Each change says so."""
    for change in (users.disable_user, users.enable_user):
        with pytest.raises(ValueError, match="there is no user"):
            change(store, user_id)
    with pytest.raises(ValueError, match="there is no user"):
        users.set_password(store, user_id, "battery staple")


def test_a_hash_is_replaced_only_while_it_is_the_current_one(store: Store) -> None:
    """Hashing a password again at sign-in never brings back a password that was just changed."""
    alice = samples.user(password_hash="$argon2id$old")
    store.save_user(alice)
    replace_hash = store.set_password_hash
    assert not replace_hash(alice.user_id, "$argon2id$x", instead_of="$argon2id$another")
    assert alice == store.user(alice.user_id)
    assert replace_hash(alice.user_id, "$argon2id$new", instead_of="$argon2id$old")
    assert replace(alice, password_hash="$argon2id$new") == store.user(alice.user_id)
