"""What the commands of ``cli`` do."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager, closing
from typing import Any

from shared_validator import seed
from shared_validator.operations import clients, keys, users
from shared_validator.operations.checks import CheckFailed, check
from shared_validator.operations.job import Job
from shared_validator.store import StoreUnavailable
from shared_validator.store.sql import SQLConsumerStore, SQLStore
from shared_validator.vault import VaultError, new_key

ERRORS = (ValueError, OSError, VaultError, StoreUnavailable, CheckFailed)
"""What a command raises if it cannot do its work. The message is one line, except for ``check``."""


def open_store(
    options: argparse.Namespace, environ: Mapping[str, str]
) -> AbstractContextManager[Any]:
    """Open the store of ``DATABASE_URL``. Raises as ``run`` does."""
    store = SQLConsumerStore if getattr(options, "consumer", False) else SQLStore
    if options.command == "check":
        store.check_schema(environ)
    return closing(store.from_environ(environ, migrate=options.command == "migrate"))


def run(
    options: argparse.Namespace,
    open_store: Callable[[], AbstractContextManager[Any]],
    environ: Mapping[str, str],
    scopes: Collection[str] | None = None,
) -> str:
    """Run a command and return its message.

    Args:
        options: the options that the parser of ``cli.add_commands`` has read.
        open_store: opens the store: a ``Store``, or a ``ConsumerStore`` if the command needs no
            more.
        environ: the settings.
        scopes: the scopes that the application offers. Without them, those that the provider has
            recorded at its last start count.

    Raises:
        ValueError: a value is not accepted.
        OSError: a file cannot be read.
        StoreUnavailable: the database cannot be used right now.
        VaultError: the store's data was encrypted with another key.
        CheckFailed: ``check`` has found a problem.
    """
    if options.command == "new-key":
        return new_key()
    with open_store() as store:
        return _COMMANDS[options.command](Job(options, store, environ, scopes))


def _migrate(job: Job) -> str:
    return "the database has the schema of this version"


def _prune(job: Job) -> str:
    return f"deleted {job.store.prune(int(time.time()))} records"


def _seed(job: Job) -> str:
    document = json.loads(job.options.file.read_text())
    seed.load(document, job.store, job.vault, job.offered_scopes)
    return f"loaded {job.options.file}"


_COMMANDS: Mapping[str, Callable[[Job], str]] = {
    "migrate": _migrate,
    "check": check,
    "prune": _prune,
    "seed": _seed,
    "rotate-keys": keys.rotate_keys,
    "reseal": keys.reseal,
    "new-user": users.make_user,
    "list-users": users.list_users,
    "set-password": users.set_password,
    "disable-user": users.disable_user,
    "enable-user": users.enable_user,
    "delete-user": users.delete_user,
    "sign-out-user": users.sign_out_user,
    "new-client": clients.make_client,
    "new-oauth1-consumer": clients.make_oauth1_consumer,
    "list-clients": clients.list_clients,
    "show-client": clients.show_client,
    "edit-client": clients.edit_client,
    "new-client-secret": clients.make_new_secret,
    "end-old-client-secret": clients.end_old_secret,
    "disable-client": clients.disable_client,
    "enable-client": clients.enable_client,
    "delete-client": clients.delete_client,
    "revoke": clients.revoke,
}
