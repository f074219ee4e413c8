"""``python -m shared_validator``: the commands for operators."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # help does not load a store
    from shared_validator.store import Store

_USER_COMMANDS = {
    "set-password": "give a user a new password and sign them out; it is asked for, or read from standard input",
    "disable-user": "sign a user out, and refuse them and everything they allowed",
    "enable-user": "let a disabled user in again",
    "delete-user": "delete a user and everything they allowed",
    "sign-out-user": "end all sessions of a user",
}
_CLIENT_COMMANDS = {
    "show-client": "print the metadata of a client",
    "edit-client": "change the metadata of a client; what it loses, its codes and tokens lose too",
    "new-client-secret": "give a client a second secret and print it for the only time; the old one works until you end it",
    "end-old-client-secret": "end the secret that new-client-secret has replaced",
    "disable-client": "refuse a client and everything that users allowed it",
    "enable-client": "let a disabled client in again",
    "delete-client": "delete a client and everything that users allowed it",
}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m shared_validator",
        description="Look after an OAuth provider. The database is DATABASE_URL; the other settings are the provider's own, OAUTH_….",
    )
    commands = add_commands(parser)
    commands.add_parser("migrate", help="bring the database to the schema of this version")
    for name in ("migrate", "prune", "reseal", "check"):
        commands.choices[name].add_argument(
            "--consumer", action="store_true", help="for the database of a consumer alone"
        )
    user = commands.add_parser(
        "new-user", help="make a user; the password is asked for, or read from standard input"
    )
    user.add_argument("username")
    user.add_argument("--name", default="")
    user.add_argument("--email", default="")
    return parser


def add_commands(parser: argparse.ArgumentParser) -> Any:
    """Add the commands that every store has, and return the object to add others to."""
    commands = add_consumer_commands(parser)
    rotate = commands.add_parser(
        "rotate-keys", help="publish new signing keys and retire the old ones"
    )
    rotate.add_argument(
        "--now",
        action="store_true",
        help="end the old keys at once, because one may have been stolen; what they signed is refused",
    )
    _add_client_commands(commands)
    _add_user_commands(commands)
    load = commands.add_parser("seed", help="load users, clients and consumers from a JSON file")
    load.add_argument("file", type=Path)
    return commands


def add_consumer_commands(parser: argparse.ArgumentParser) -> Any:
    """Add the commands that a consumer's store has too, and return the object to add others to."""
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser(
        "new-key", help="print a new value for OAUTH_SECRET_KEY or CONSUMER_SECRET_KEY"
    )
    commands.add_parser(
        "check", help="check the settings, the database, the keys and the clock; change nothing"
    )
    commands.add_parser("prune", help="delete what has expired")
    commands.add_parser(
        "reseal",
        help="encrypt everything again with the first key, so that old keys can be removed",
    )
    return commands


def _add_client_commands(commands: Any) -> None:
    client = commands.add_parser(
        "new-client",
        help="make an OAuth 2 client and print its metadata, the secret for the only time",
    )
    client.add_argument("name")
    _add_metadata(client, default=[])
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
    commands.add_parser("list-clients", help="print all clients, each as JSON on one line")
    for name, what in _CLIENT_COMMANDS.items():
        command = commands.add_parser(name, help=what)
        command.add_argument("client", metavar="ID", help="the client_id or consumer_key")
        _add_protocol(command)
    edit = commands.choices["edit-client"]
    edit.add_argument("--name")
    _add_metadata(edit, default=None)
    edit.add_argument("--scope", help="all scopes that it may request, separated by spaces")
    edit.add_argument(
        "--callback", action="append", metavar="URI", help="of an OAuth 1.0a consumer"
    )
    commands.choices["new-client-secret"].add_argument(
        "--now", action="store_true", help="end all other secrets at once, because one has leaked"
    )


def _add_metadata(command: argparse.ArgumentParser, default: list[str] | None) -> None:
    command.add_argument("--redirect-uri", action="append", default=default, metavar="URI")
    command.add_argument(
        "--post-logout-redirect-uri", action="append", default=default, metavar="URI"
    )
    command.add_argument(
        "--grant-type",
        action="append",
        metavar="TYPE",
        help=None if default is None else "authorization_code and refresh_token, if none is given",
    )
    command.add_argument(
        "--application-type",
        choices=("native", "web"),
        help="of a public client: native for any loopback port, web for the registered one; native if none is given",
    )


def _add_protocol(command: argparse.ArgumentParser) -> None:
    command.add_argument("--oauth1", action="store_true", help="it is an OAuth 1.0a consumer")


def _add_user_commands(commands: Any) -> None:
    commands.add_parser("list-users", help="print all users, each as JSON on one line")
    for name, what in _USER_COMMANDS.items():
        commands.add_parser(name, help=what).add_argument("username", metavar="NAME")
    revoke = commands.add_parser(
        "revoke",
        help="end what a user allowed, what a client was allowed, or what one allowed the other",
    )
    revoke.add_argument("--user", metavar="NAME")
    revoke.add_argument("--client", metavar="ID", help="the client_id or consumer_key")
    _add_protocol(revoke)


def main(
    arguments: Sequence[str] | None = None,
    environ: Mapping[str, str] = os.environ,
    store: Store | None = None,
) -> int:
    """Run a command and return its exit status: 0, or 1 after printing the error.

    Args:
        arguments: the command line.
        environ: the settings.
        store: a store with other users than ``SQLStore``, which the application has opened and
            migrated. Without it, the store is the one of ``DATABASE_URL``.
    """
    if store is None:
        options = _parser().parse_args(arguments)
    else:
        parser = argparse.ArgumentParser(description="Look after an OAuth provider.")
        add_commands(parser)
        options = parser.parse_args(arguments)
    from shared_validator import operations  # noqa: PLC0415 - it takes a second to load, and help does not need it

    def opened() -> Any:
        return nullcontext(store) if store is not None else operations.open_store(options, environ)

    try:
        said = operations.run(options, opened, environ)
    except operations.ERRORS as error:
        print(error, file=sys.stderr)  # noqa: T201 - a command talks to its terminal
        return 1
    if said:
        print(said)  # noqa: T201 - a command talks to its terminal
    return 0
