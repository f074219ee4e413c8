"""``python -m shared_validator``: the commands for operators."""

from __future__ import annotations

import argparse
import getpass
import json
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, closing
from pathlib import Path
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

_USER_COMMANDS = {
    "set-password": "give a user a new password and sign them out; it is asked for, or read from standard input",
    "disable-user": "sign a user out, and refuse them and everything they allowed",
    "enable-user": "let a disabled user in again",
    "delete-user": "delete a user and everything they allowed",
    "sign-out-user": "end all sessions of a user",
}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m shared_validator",
        description="Look after an OAuth provider. The database is DATABASE_URL; the other settings are the provider's own, OAUTH_….",
    )
    commands = add_commands(parser)
    commands.add_parser("migrate", help="bring the database to the schema of this version")
    for name in ("migrate", "prune"):
        commands.choices[name].add_argument(
            "--consumer", action="store_true", help="for the database of a consumer alone"
        )
    user = commands.add_parser(
        "new-user", help="make a user; the password is asked for, or read from standard input"
    )
    user.add_argument("username")
    user.add_argument("--name", default="")
    user.add_argument("--email", default="")
    for name, what in _USER_COMMANDS.items():
        commands.add_parser(name, help=what).add_argument("username", metavar="NAME")
    return parser


def add_commands(parser: argparse.ArgumentParser) -> Any:
    """Add the commands that every store has, and return the object to add others to."""
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser("new-key", help="print a new value for OAUTH_SECRET_KEY")
    commands.add_parser("prune", help="delete what has expired")
    commands.add_parser("rotate-keys", help="publish new signing keys and retire the old ones")
    client = commands.add_parser(
        "new-client",
        help="make an OAuth 2 client and print its metadata, the secret for the only time",
    )
    client.add_argument("name")
    client.add_argument("--redirect-uri", action="append", default=[], metavar="URI")
    client.add_argument("--post-logout-redirect-uri", action="append", default=[], metavar="URI")
    client.add_argument(
        "--grant-type",
        action="append",
        metavar="TYPE",
        help="authorization_code and refresh_token, if none is given",
    )
    client.add_argument("--scope", default="openid profile email")
    client.add_argument(
        "--public",
        action="store_true",
        help="a client that can keep no secret: an app on a device or in a browser",
    )
    consumer = commands.add_parser(
        "new-oauth1-consumer",
        help="make an OAuth 1.0a consumer and print it, the secret for the only time",
    )
    consumer.add_argument("name")
    consumer.add_argument("--callback", action="append", default=[], metavar="URI")
    consumer.add_argument(
        "--rsa-public-key",
        type=Path,
        metavar="FILE",
        help="a PEM file, for a consumer that signs with RSA",
    )
    load = commands.add_parser("seed", help="load users, clients and consumers from a JSON file")
    load.add_argument("file", type=Path)
    return commands


def main(arguments: Sequence[str] | None = None, environ: Mapping[str, str] = os.environ) -> int:
    """Run a command and return its exit status: 0, or 1 after printing the error on one line."""
    options = _parser().parse_args(arguments)
    try:
        said = run(options, lambda: closing(_open(options, environ)), environ)
    except (ValueError, OSError, VaultError, StoreUnavailable) as error:
        print(error, file=sys.stderr)  # noqa: T201 - a command talks to its terminal
        return 1
    print(said)  # noqa: T201 - a command talks to its terminal
    return 0


def _open(options: argparse.Namespace, environ: Mapping[str, str]) -> Any:
    store = SQLConsumerStore if getattr(options, "consumer", False) else SQLStore
    return store.from_environ(environ, migrate=options.command == "migrate")


def run(
    options: argparse.Namespace,
    open_store: Callable[[], AbstractContextManager[Any]],
    environ: Mapping[str, str],
) -> str:
    """Run a command and return its message.

    Args:
        options: the options that the parser of ``add_commands`` has read.
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
    made = KeyRing(Context(Settings.from_environ(environ), store, {})).rotate()
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
