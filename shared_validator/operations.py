"""What the commands of ``cli`` do."""

from __future__ import annotations

import argparse
import getpass
import json
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, closing
from typing import Any

from shared_validator import seed
from shared_validator.accounts import new_user, normalised_username, users
from shared_validator.clients import client_from_metadata
from shared_validator.context import Context
from shared_validator.keys import PUBLISH_SECONDS, KeyRing
from shared_validator.settings import Settings
from shared_validator.store import ConsumerStore, Store, StoreUnavailable, User
from shared_validator.store.sql import SQLConsumerStore, SQLStore
from shared_validator.validators.oauth1 import new_consumer
from shared_validator.vault import Vault, VaultError, new_key, new_secret

ERRORS = (ValueError, OSError, VaultError, StoreUnavailable)
"""What a command raises if it cannot do its work; the message is one line."""


def open_store(
    options: argparse.Namespace, environ: Mapping[str, str]
) -> AbstractContextManager[Any]:
    """Open the store of ``DATABASE_URL``. Raises as ``run`` does."""
    store = SQLConsumerStore if getattr(options, "consumer", False) else SQLStore
    return closing(store.from_environ(environ, migrate=options.command == "migrate"))


def run(
    options: argparse.Namespace,
    open_store: Callable[[], AbstractContextManager[Any]],
    environ: Mapping[str, str],
) -> str:
    """Run a command and return its message.

    Args:
        options: the options that the parser of ``cli.add_commands`` has read.
        open_store: opens the store: a ``Store``, or a ``ConsumerStore`` if the command needs no
            more.
        environ: the settings.

    Raises:
        ValueError: a value is not accepted.
        OSError: a file cannot be read.
        StoreUnavailable: the database cannot be used right now.
        VaultError: the store's data was encrypted with another key.
    """
    if options.command == "new-key":
        return new_key()
    with open_store() as store:
        return _COMMANDS[options.command](options, store, environ)


def _migrate(options: argparse.Namespace, store: ConsumerStore, environ: Mapping[str, str]) -> str:
    return "the database has the schema of this version"


def _prune(options: argparse.Namespace, store: ConsumerStore, environ: Mapping[str, str]) -> str:
    return f"deleted {store.prune(int(time.time()))} records"


def _rotate_keys(options: argparse.Namespace, store: Store, environ: Mapping[str, str]) -> str:
    ring = KeyRing(Context(Settings.from_environ(environ), store, {}))
    ring.check()  # servers could not read keys that another OAUTH_SECRET_KEY encrypts
    made = ring.rotate()
    return f"published {' and '.join(made)}; they sign in {PUBLISH_SECONDS} seconds"


def _new_user(options: argparse.Namespace, store: Store, environ: Mapping[str, str]) -> str:
    user = new_user(options.username, _password(), options.name or options.username, options.email)
    store.save_user(user)
    return f"made the user {user.username}"


def _password() -> str:
    return getpass.getpass() if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")


def _named(options: argparse.Namespace, store: Store) -> User:
    """Return the user that a command names, disabled or not. Raises ``ValueError``."""
    user = store.user_by_name(normalised_username(options.username), include_disabled=True)
    if user is None:
        raise ValueError(f"there is no user {options.username!r}")
    return user


def _set_password(options: argparse.Namespace, store: Store, environ: Mapping[str, str]) -> str:
    user = _named(options, store)
    users.set_password(store, user.user_id, _password())
    return f"changed the password of {user.username}, who is signed out everywhere"


def _disable_user(options: argparse.Namespace, store: Store, environ: Mapping[str, str]) -> str:
    user = _named(options, store)
    users.disable_user(store, user.user_id)
    return f"disabled {user.username}, who is signed out everywhere"


def _enable_user(options: argparse.Namespace, store: Store, environ: Mapping[str, str]) -> str:
    user = _named(options, store)
    users.enable_user(store, user.user_id)
    return f"enabled {user.username}"


def _delete_user(options: argparse.Namespace, store: Store, environ: Mapping[str, str]) -> str:
    user = _named(options, store)
    store.delete_user(user.user_id)
    return f"deleted {user.username} and everything they allowed"


def _sign_out_user(options: argparse.Namespace, store: Store, environ: Mapping[str, str]) -> str:
    user = _named(options, store)
    store.end_sessions(user.user_id)
    return f"signed {user.username} out everywhere"


def _new_client(options: argparse.Namespace, store: Store, environ: Mapping[str, str]) -> str:
    metadata: dict[str, Any] = {
        "client_id": new_secret(),
        "client_name": options.name,
        "redirect_uris": options.redirect_uri,
        "post_logout_redirect_uris": options.post_logout_redirect_uri,
        "grant_types": options.grant_type or ["authorization_code", "refresh_token"],
        "scope": options.scope,
        "token_endpoint_auth_method": "none" if options.public else "client_secret_basic",
    }
    if not options.public:
        metadata["client_secret"] = new_secret()
    store.save_client(client_from_metadata(metadata))
    return json.dumps(metadata, indent=2)


def _new_oauth1_consumer(
    options: argparse.Namespace, store: Store, environ: Mapping[str, str]
) -> str:
    made: dict[str, Any] = {
        "consumer_key": new_secret(),
        "name": options.name,
        "callbacks": options.callback,
    }
    secret = rsa_public_key = None
    if options.rsa_public_key:
        made["rsa_public_key"] = rsa_public_key = options.rsa_public_key.read_text()
    else:
        made["consumer_secret"] = secret = new_secret()
    vault = Vault(Settings.from_environ(environ).secret_keys)
    store.save_oauth1_consumer(
        new_consumer(
            vault,
            consumer_key=made["consumer_key"],
            name=options.name,
            callbacks=tuple(options.callback),
            secret=secret,
            rsa_public_key=rsa_public_key,
        )
    )
    return json.dumps(made, indent=2)


def _seed(options: argparse.Namespace, store: Store, environ: Mapping[str, str]) -> str:
    seed.load(
        json.loads(options.file.read_text()),
        store,
        Vault(Settings.from_environ(environ).secret_keys),
    )
    return f"loaded {options.file}"


_COMMANDS: Mapping[str, Callable[[argparse.Namespace, Store, Mapping[str, str]], str]] = {
    "migrate": _migrate,
    "prune": _prune,
    "rotate-keys": _rotate_keys,
    "new-user": _new_user,
    "set-password": _set_password,
    "disable-user": _disable_user,
    "enable-user": _enable_user,
    "delete-user": _delete_user,
    "sign-out-user": _sign_out_user,
    "new-client": _new_client,
    "new-oauth1-consumer": _new_oauth1_consumer,
    "seed": _seed,
}
