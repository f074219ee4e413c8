"""``python -m shared_validator``: the commands for operators."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

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
    from shared_validator import operations  # noqa: PLC0415 - it takes a second to load, and help does not need it

    try:
        said = operations.run(options, lambda: operations.open_store(options, environ), environ)
    except operations.ERRORS as error:
        print(error, file=sys.stderr)  # noqa: T201 - a command talks to its terminal
        return 1
    print(said)  # noqa: T201 - a command talks to its terminal
    return 0
