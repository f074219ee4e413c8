"""The contract of a store: users, clients, consent."""

from __future__ import annotations

from dataclasses import replace

import pytest

from shared_validator.store import Application, Store
from tests.store import samples
from tests.store.samples import NOW


def test_a_user_is_found_by_identifier_and_by_name(store: Store) -> None:
    """A user comes back as it was saved, by ``sub`` (OpenID Connect Core §2) and by the name that signs in."""
    alice, bob = samples.user(), samples.user()
    store.save_user(alice)
    store.save_user(bob)
    assert alice == store.user(alice.user_id)
    assert alice == store.user_by_name(alice.username)
    assert bob == store.user_by_name(bob.username)


def test_an_unknown_user_is_nobody(store: Store) -> None:
    """Neither an unknown identifier nor an unknown name finds a user, nor does one in place of the other."""
    alice = samples.user()
    store.save_user(alice)
    assert store.user(alice.username) is None
    assert store.user_by_name(alice.user_id) is None
    assert store.user_by_name(alice.username.upper()) is None


def test_saving_a_user_again_replaces_them(store: Store) -> None:
    """A user keeps one record, whose old name signs nobody in."""
    alice = samples.user()
    renamed = replace(alice, username="alice the second", password_hash="$argon2id$new", name="A", email="")
    store.save_user(alice)
    store.save_user(renamed)
    assert renamed == store.user(alice.user_id)
    assert store.user_by_name(alice.username) is None


def test_two_users_cannot_have_one_name(store: Store) -> None:
    """A name that another user has is refused, for a new user and for a renamed one, and changes nothing."""
    alice, bob = samples.user(), samples.user()
    store.save_user(alice)
    store.save_user(bob)
    with pytest.raises(ValueError, match="there already"):
        store.save_user(samples.user(username=alice.username))
    with pytest.raises(ValueError, match="there already"):
        store.save_user(replace(bob, username=alice.username))
    assert alice == store.user_by_name(alice.username)
    assert bob == store.user(bob.user_id)


def test_a_client_is_found_and_replaced_by_its_identifier(store: Store) -> None:
    """A client's metadata (RFC 7591 §2) come back as they were saved last."""
    client = samples.client()
    store.save_client(client)
    assert client == store.client(client.client_id)
    public = replace(client, client_secret_hash=None, token_endpoint_auth_method="none", redirect_uris=(), scope=())
    store.save_client(public)
    assert public == store.client(client.client_id)
    assert store.client("another") is None


@pytest.mark.parametrize(
    "credential", [{"rsa_public_key": None}, {"sealed_secret": None, "rsa_public_key": "-----BEGIN PUBLIC KEY-----\n…"}]
)
def test_an_oauth1_consumer_is_found_and_replaced_by_its_key(store: Store, credential: dict[str, str | None]) -> None:
    """Trap 15: a consumer comes back with the one kind of credential that it was saved with, never with an empty one of the other."""
    consumer = samples.oauth1_consumer(**credential)
    store.save_oauth1_consumer(consumer)
    assert consumer == store.oauth1_consumer(consumer.consumer_key)
    changed = replace(consumer, name="Copier", callbacks=("oob",))
    store.save_oauth1_consumer(changed)
    assert changed == store.oauth1_consumer(consumer.consumer_key)
    assert store.oauth1_consumer("another") is None


def test_consents_add_up(store: Store) -> None:
    """Consent to less does not forget what was consented to before, and consent twice is consent."""
    client = samples.client()
    store.save_client(client)
    assert store.consent("user", client.client_id) == ()
    store.save_consent("user", client.client_id, ("profile", "notes:read"), NOW)
    store.save_consent("user", client.client_id, ["notes:write", "profile"], NOW + 1)
    store.save_consent("user", client.client_id, (), NOW + 2)
    assert {"notes:read", "notes:write", "profile"} == set(store.consent("user", client.client_id))
    assert len(store.consent("user", client.client_id)) == 3


@pytest.mark.fault(22)
def test_consent_is_for_a_resource(store: Store) -> None:
    """Scopes add up for each resource (RFC 8707 §2), and the applications list a client once."""
    client = samples.client()
    store.save_client(client)
    store.save_consent("user", client.client_id, ("profile",), NOW)
    store.save_consent("user", client.client_id, ("profile", "notes:read"), NOW, ("https://files.example", "https://other.example"))
    store.save_consent("user", client.client_id, ("notes:write",), NOW, ("https://files.example",))
    assert ("profile",) == store.consent("user", client.client_id)
    assert {"notes:read", "notes:write", "profile"} == set(store.consent("user", client.client_id, "https://files.example"))
    assert {"notes:read", "profile"} == set(store.consent("user", client.client_id, "https://other.example"))
    assert () == store.consent("user", client.client_id, "https://unknown.example")
    (application,) = store.applications("user")
    assert ("notes:read", "notes:write", "profile") == application.scope
    store.revoke_client("user", client.client_id)
    assert () == store.consent("user", client.client_id, "https://files.example")


def test_consent_is_of_one_user_to_one_client(store: Store) -> None:
    """Nobody else's consent, and no other client's, is affected (Mistake 10: one visitor's permission used for another)."""
    client, other = samples.client(), samples.client()
    store.save_client(client)
    store.save_client(other)
    store.save_consent("user", client.client_id, ("profile",), NOW)
    assert store.consent("another user", client.client_id) == ()
    assert store.consent("user", other.client_id) == ()


def test_applications_are_listed_by_name_with_what_they_may_do(store: Store) -> None:
    """The list joins OAuth 2 clients and OAuth 1.0a consumers, sorts them as a person would, and leaves other users' out."""
    zebra, apple = samples.client(client_name="zebra"), samples.client(client_name="Apple")
    printer = samples.oauth1_consumer(name="printer")
    for client in (zebra, apple):
        store.save_client(client)
    store.save_oauth1_consumer(printer)
    store.save_consent("user", zebra.client_id, ("profile", "notes:read"), NOW)
    store.save_consent("user", apple.client_id, (), NOW)
    store.save_token_credentials(samples.token_credentials(consumer_key=printer.consumer_key, scope=("notes:read",)))
    store.save_token_credentials(
        samples.token_credentials(consumer_key=printer.consumer_key, scope=("profile", "notes:read"), issued_at=NOW + 1)
    )
    store.save_consent("another user", apple.client_id, ("profile",), NOW)
    assert [
        Application(protocol="oauth2", client_id=apple.client_id, name="Apple", scope=()),
        Application(protocol="oauth1", client_id=printer.consumer_key, name="printer", scope=("notes:read", "profile")),
        Application(protocol="oauth2", client_id=zebra.client_id, name="zebra", scope=("notes:read", "profile")),
    ] == store.applications("user")
    assert store.applications("nobody") == []


def test_revoking_a_client_ends_everything_that_came_of_its_consent(store: Store) -> None:
    """Consent, codes, device codes and all tokens of this user and client go; a code that was claimed revokes nothing any more."""
    client = samples.client()
    store.save_client(client)
    theirs = {"client_id": client.client_id}
    used, unused = samples.code(**theirs), samples.code(**theirs)
    access, refresh, rotated = samples.access_token(**theirs), samples.refresh_token(**theirs), samples.refresh_token(**theirs)
    device = samples.device_code(**theirs)
    store.save_consent("user", client.client_id, ("profile",), NOW)
    for code in (used, unused):
        store.save_code(code)
    store.claim_code(used.code_hash, client.client_id, NOW)
    store.save_access_token(access)
    store.save_refresh_token(refresh)
    store.save_refresh_token(rotated)
    store.rotate_refresh_token(rotated.token_hash, client.client_id, NOW)
    store.save_device_code(device)
    store.answer_device_code(device.user_code_hash, "user", NOW, True, NOW)

    store.revoke_client("user", client.client_id)

    assert store.consent("user", client.client_id) == ()
    assert store.applications("user") == []
    assert store.claim_code(unused.code_hash, client.client_id, NOW) is None
    assert store.code_grant(used.code_hash, client.client_id) is None
    assert store.access_token(access.token_hash) is None
    assert store.refresh_token(refresh.token_hash) is None
    assert store.refresh_token(rotated.token_hash) is None
    assert store.claim_device_code(device.device_code_hash, client.client_id, NOW) is None
    assert client == store.client(client.client_id)


def test_revoking_a_client_leaves_the_rest_alone(store: Store) -> None:
    """Other users' tokens for the client, the user's tokens for other clients and the client's own tokens stay."""
    client = samples.client()
    store.save_client(client)
    others = [
        samples.access_token(client_id=client.client_id, user_id="another user"),
        samples.access_token(client_id="another client"),
        samples.access_token(client_id=client.client_id, user_id=None),
    ]
    pending = samples.device_code(client_id=client.client_id)
    for token in others:
        store.save_access_token(token)
    store.save_device_code(pending)
    store.save_consent("another user", client.client_id, ("profile",), NOW)
    store.revoke_client("user", client.client_id)
    assert others == [store.access_token(token.token_hash) for token in others]
    assert pending == store.device_code_by_user_code(pending.user_code_hash, NOW)
    assert store.consent("another user", client.client_id) == ("profile",)


def test_revoking_an_oauth1_consumer_ends_what_the_user_gave_it(store: Store) -> None:
    """Token credentials and authorized temporary credentials (RFC 5849 §2) go; those of others, and unanswered ones, stay."""
    consumer = samples.oauth1_consumer()
    store.save_oauth1_consumer(consumer)
    theirs = {"consumer_key": consumer.consumer_key}
    token, another = samples.token_credentials(**theirs), samples.token_credentials(**theirs, user_id="another user")
    authorized, unanswered = samples.temporary_credentials(**theirs), samples.temporary_credentials(**theirs)
    store.save_token_credentials(token)
    store.save_token_credentials(another)
    store.save_temporary_credentials(authorized)
    store.save_temporary_credentials(unanswered)
    store.answer_temporary_credentials(authorized.token_hash, "user", b"verifier", NOW)

    store.revoke_oauth1_consumer("user", consumer.consumer_key)

    assert store.token_credentials(token.token_hash) is None
    assert store.temporary_credentials(authorized.token_hash) is None
    assert unanswered == store.temporary_credentials(unanswered.token_hash)
    assert another == store.token_credentials(another.token_hash)
    assert store.applications("user") == []
