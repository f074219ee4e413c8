"""DjangoConsumerStore: a project that is only a consumer has no table of a provider."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PROJECT = """
import sys

import django
from django.conf import settings

application, path = sys.argv[1:]
settings.configure(
    DATABASES={"default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": path,
        "OPTIONS": {"transaction_mode": "IMMEDIATE"},
    }},
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", application],
)
django.setup()

from django.core.management import call_command
from django.db import connection

call_command("migrate", verbosity=0)
call_command("makemigrations", check=True, dry_run=True, verbosity=0)
"""

FIRST_VERSION = (
    PROJECT
    + """
from shared_validator.store.django.store import DjangoStore

DjangoStore().save_sealed(b"tokens", b"sealed", 100)
"""
)

CONSUMER = (
    PROJECT
    + """
from shared_validator.store.django.consumer.store import DjangoConsumerStore

store = DjangoConsumerStore()
print(sorted(name for name in connection.introspection.table_names() if name.startswith("oauth")))
print(store.sealed(b"tokens", 50))
store.ping()
with store.transaction():
    store.save_sealed(b"attempt", b"sealed", 100)
    assert 1 == store.count("counter", 10, 50)
assert 2 == store.count("counter", 10, 50)
store.uncount("counter")
assert 2 == store.count("counter", 10, 50)
assert b"sealed" == store.claim_sealed(b"attempt", 50)
assert store.claim_sealed(b"attempt", 50) is None
store.save_sealed(b"expired", b"sealed", 99)
assert 2 == store.prune(100)
store.close()
"""
)


def _run(script: str, application: str, path: Path) -> list[str]:
    command = [sys.executable, "-W", "error", "-c", script, application, str(path)]
    done = subprocess.run(command, check=True, timeout=120, stdout=subprocess.PIPE, text=True)
    return done.stdout.splitlines()


def test_a_consumer_has_its_own_two_tables(tmp_path: Path) -> None:
    """The application and the store work without the provider's application."""
    tables, found = _run(CONSUMER, "shared_validator.django.consumer", tmp_path / "new.sqlite3")
    assert "['oauth_consumer_counter', 'oauth_consumer_sealedvalue']" == tables
    assert "None" == found


def test_a_consumer_keeps_what_it_had_among_a_providers_tables(tmp_path: Path) -> None:
    """Users of a consumer that had all tables don't have to sign in again."""
    path = tmp_path / "old.sqlite3"
    _run(FIRST_VERSION, "shared_validator.django", path)
    _, found = _run(CONSUMER, "shared_validator.django.consumer", path)
    assert "b'sealed'" == found


OPERATOR = (
    PROJECT
    + """
import os

from shared_validator.settings import parse_keys
from shared_validator.store.django.consumer.store import DjangoConsumerStore
from shared_validator.vault import Vault, new_key

old, new = new_key(), new_key()
store = DjangoConsumerStore()
store.save_sealed(b"login", Vault(parse_keys("", old)).seal("consumer login", b"login", b"{}"), 2**40)
os.environ["CONSUMER_SECRET_KEY"] = f"{new} {old}"
for command in ("new-key", "prune", "reseal"):
    print(call_command("oauth_consumer", command))
os.environ["CONSUMER_SECRET_KEY"] = new
print(call_command("oauth_consumer", "reseal"))
"""
)


def test_a_project_that_is_only_a_consumer_has_an_operators_commands(tmp_path: Path) -> None:
    """What its tables need: the stored logins are sealed again, so that the old key can go."""
    arguments = [sys.executable, "-W", "error", "-c", OPERATOR, "shared_validator.django.consumer", str(tmp_path / "db.sqlite3")]
    ended = subprocess.run(arguments, capture_output=True, text=True, check=True)
    _, *said = ended.stdout.splitlines()[::2]
    done = "sealed {} values again; all are sealed with the first key now"
    assert ["deleted 0 records", done.format(1), done.format(0)] == said
