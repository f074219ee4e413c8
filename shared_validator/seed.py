"""Loading users, clients and consumers from a JSON document, for a first start, demo or test."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from shared_validator.accounts import new_user
from shared_validator.accounts.passwords import verify_password
from shared_validator.clients import client_from_metadata
from shared_validator.store import OAuth1Consumer, Store, User
from shared_validator.validators.oauth1 import new_consumer
from shared_validator.vault import Vault

_USER = ("username", "password", "name", "email")
_CONSUMER = ("consumer_key", "consumer_secret", "rsa_public_key", "callbacks", "name")


def load(
    document: Mapping[str, Any],
    store: Store,
    vault: Vault,
    offered_scopes: Collection[str] | None = None,
) -> None:
    """Save the records of a document. Records that already exist under the same name are replaced.

    A user whose password changes is signed out everywhere. What is disabled stays so.

    Args:
        document: ``users`` (username, password, name, email), ``clients`` (RFC 7591 client metadata with ``client_id`` and
            ``client_secret``) and ``oauth1_consumers`` (consumer_key, consumer_secret or rsa_public_key, callbacks, name).
        store: the store to save them in.
        vault: encrypts the consumers' secrets.
        offered_scopes: the scopes that the provider offers, if they are known. A client with
            another one is refused.

    Raises:
        ValueError: a value is not accepted; then nothing is saved.
    """
    if not isinstance(document, Mapping):
        raise ValueError("a seed is a JSON object")  # noqa: TRY004 - what is not accepted is a ValueError here
    for part, entries in document.items():
        if part not in ("users", "clients", "oauth1_consumers"):
            raise ValueError(f"a seed has no part {part!r}")
        if not isinstance(entries, list) or not all(
            isinstance(entry, Mapping) for entry in entries
        ):
            raise ValueError(f"the part {part!r} of a seed is a list of objects")
    users = [
        (
            new_user(**_fields("user", entry, _USER, "username", "password"), seeded=True),
            entry["password"],
        )
        for entry in document.get("users", [])
    ]
    clients = [
        client_from_metadata(entry, offered_scopes=offered_scopes)
        for entry in document.get("clients", [])
    ]
    consumers = [
        _consumer(_fields("OAuth 1.0a consumer", entry, _CONSUMER, "consumer_key"), vault)
        for entry in document.get("oauth1_consumers", [])
    ]

    def save() -> None:
        for user, password in users:
            _save_user(store, user, password)
        for client in clients:
            known = store.client(client.client_id, include_disabled=True)
            store.save_client(replace(client, disabled=known is not None and known.disabled))
        for consumer in consumers:
            before = store.oauth1_consumer(consumer.consumer_key, include_disabled=True)
            store.save_oauth1_consumer(
                replace(consumer, disabled=before is not None and before.disabled)
            )

    store.transact(save)


def _save_user(store: Store, user: User, password: str) -> None:
    known = store.user_by_name(user.username, include_disabled=True)
    if known is None:
        store.save_user(user)
        return
    user = replace(user, user_id=known.user_id, disabled=known.disabled)
    if verify_password(known.password_hash, password):
        # Keep the hash too: Django ends its own sessions when it changes.
        store.save_user(replace(user, password_hash=known.password_hash))
        return
    store.save_user(user)
    store.end_sessions(user.user_id)


def _consumer(entry: Mapping[str, Any], vault: Vault) -> OAuth1Consumer:
    return new_consumer(
        vault,
        consumer_key=entry["consumer_key"],
        name=entry.get("name", entry["consumer_key"]),
        callbacks=tuple(entry.get("callbacks", ())),
        secret=entry.get("consumer_secret"),
        rsa_public_key=entry.get("rsa_public_key"),
    )


def _fields(
    kind: str, entry: Mapping[str, Any], allowed: tuple[str, ...], *required: str
) -> Mapping[str, Any]:
    for name in entry:
        if name not in allowed:
            raise ValueError(f"a {kind} has no field {name!r}")
    for name in required:
        if name not in entry:
            raise ValueError(f"a {kind} has a {name}")
    return entry
