"""Django stores for tests: each on a connection of its own, as those of different processes are."""

from __future__ import annotations

import contextlib
import secrets
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.core.management import call_command
from django.db import connections, transaction
from django.db.backends.signals import connection_created
from psycopg.conninfo import conninfo_to_dict

from tests.store.django import settings as project

_opened: dict[str, list[Any]] = {}


def start_django() -> None:
    """Start Django, once in a process."""
    if not settings.configured:
        # Not by the environment, which a Django project that a test serves would inherit.
        settings.configure(**{name: value for name, value in vars(project).items() if name.isupper()})
        django.setup()
        connection_created.connect(_remember)


def _remember(connection: Any, **_: Any) -> None:
    _opened.setdefault(connection.alias, []).append(connection)


def sqlite(path: Path) -> dict[str, Any]:
    """Return the settings of an SQLite database, as the guide recommends them."""
    options = {"transaction_mode": "IMMEDIATE", "init_command": "PRAGMA journal_mode=WAL;", "timeout": 30}
    return {"ENGINE": "django.db.backends.sqlite3", "NAME": str(path), "OPTIONS": options}


def postgresql(url: str) -> dict[str, Any]:
    """Return the settings of a PostgreSQL database."""
    parts = conninfo_to_dict(url)
    given = {name.upper(): parts[name] for name in ("user", "password", "host", "port") if name in parts}
    return {"ENGINE": "django.db.backends.postgresql", "NAME": parts["dbname"], **given}


def add_database(database: dict[str, Any], alias: str | None = None) -> str:
    """Add a database to ``DATABASES`` and return its alias, a new one if none is given."""
    start_django()
    alias = alias or f"test_{secrets.token_hex(8)}"
    close(alias)
    connections.settings[alias] = connections.configure_settings({"default": {}, alias: database})[alias]
    return alias


def close(alias: str) -> None:
    """Close what was opened to a database, in all threads, and forget it in this one."""
    for connection in _opened.pop(alias, []):
        connection.inc_thread_sharing()
        connection.close()
    with contextlib.suppress(AttributeError):  # nobody has asked for it in this thread
        del connections[alias]


def migrate(database: dict[str, Any]) -> None:
    """Make the tables of all applications."""
    alias = add_database(database)
    call_command("migrate", database=alias, verbosity=0)
    close(alias)


def empty(database: dict[str, Any]) -> None:
    """Delete all users and OAuth records."""
    alias = add_database(database)
    with transaction.atomic(alias), connections[alias].cursor() as cursor:
        for table in connections[alias].introspection.django_table_names():
            if not table.startswith("django_"):
                cursor.execute(f"DELETE FROM {table}")  # noqa: S608 - our own names
    close(alias)


def open_store(database: dict[str, Any]) -> Any:
    """Open a store that can be closed."""
    alias = add_database(database)
    from shared_validator.store.django.store import DjangoStore

    class ClosableStore(DjangoStore):
        def close(self) -> None:
            close(alias)

    return ClosableStore(alias)
