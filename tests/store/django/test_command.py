"""``python manage.py oauth``: what an operator types, and what they read when it goes wrong."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from shared_validator.accounts.passwords import verify_password
from shared_validator.settings import Settings
from shared_validator.vault import digest, new_key
from tests.store import samples


def _types(*arguments: str) -> str:
    """Return what a command says."""
    from django.core.management import call_command

    output = io.StringIO()
    call_command("oauth", *arguments, stdout=output)
    return output.getvalue()


def test_a_new_key_fits_the_setting(project: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first thing that the settings ask for, before there are any."""
    monkeypatch.delenv("OAUTH_SECRET_KEY")
    monkeypatch.setenv("OAUTH_SECRET_KEY", _types("new-key").strip())
    Settings.from_environ()


def test_a_client_is_shown_its_secret_once(project: Any) -> None:
    """The database keeps a digest."""
    metadata = json.loads(_types("new-client", "Shop", "--redirect-uri", "https://shop.example/cb"))
    assert digest(metadata["client_secret"]) == project.client(metadata["client_id"]).client_secret_hash


def test_a_consumer_is_shown_its_secret_once(project: Any) -> None:
    """The database keeps it sealed."""
    made = json.loads(_types("new-oauth1-consumer", "Printer", "--callback", "https://printer.example/ready"))
    assert "consumer_secret" in made
    assert project.oauth1_consumer(made["consumer_key"]).sealed_secret is not None


def test_keys_are_rotated_and_records_pruned(project: Any) -> None:
    """What an operator does from time to time."""
    assert _types("rotate-keys").endswith("they sign in 900 seconds\n")
    assert 2 == len(project.signing_keys())
    project.save_access_token(samples.access_token(expires_at=1))
    assert "deleted 1 records\n" == _types("prune")


def test_a_seed_makes_django_users(project: Any, tmp_path: Path) -> None:
    """A demonstration's people sign in through Django."""
    file = tmp_path / "seed.json"
    file.write_text(json.dumps({"users": [{"username": "alice", "password": "correct horse", "name": "Alice"}]}))
    assert f"loaded {file}\n" == _types("seed", str(file)) == _types("seed", str(file))

    from django.contrib.auth import authenticate

    alice = authenticate(username="alice", password="correct horse")
    user = project.user(project.subject(alice))
    assert ("alice", "Alice") == (user.username, user.name)
    assert verify_password(user.password_hash, "correct horse")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("seed", "missing.json"), "missing.json"),
        (("new-client", "Shop"), "redirect_uris"),
        (("new-client", "Shop", "--redirect-uri", "http://shop.example/"), "must be https"),
        (("new-oauth1-consumer", "Shop", "--callback", "relative"), "relative"),
        (("new-user", "alice"), "invalid choice: 'new-user'"),
        (("migrate",), "invalid choice: 'migrate'"),
        ((), "arguments are required: COMMAND"),
    ],
)
def test_a_mistake_is_answered_with_one_line(project: Any, arguments: tuple[str, ...], message: str) -> None:
    """As Django's own commands answer; users and tables are made by those (``createsuperuser``, ``migrate``)."""
    from django.core.management import CommandError

    with pytest.raises(CommandError, match=message) as refusal:
        _types(*arguments)
    assert "\n" not in str(refusal.value)


def test_a_missing_or_wrong_setting_is_named(project: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command that needs it says so, in one line."""
    from django.core.management import CommandError

    _types("rotate-keys")
    monkeypatch.setenv("OAUTH_SECRET_KEY", new_key())
    with pytest.raises(CommandError, match="^a sealed signing key does not open"):
        _types("rotate-keys")

    monkeypatch.delenv("OAUTH_SECRET_KEY")
    with pytest.raises(CommandError, match="^OAUTH_SECRET_KEY: is required"):
        _types("rotate-keys")


def test_missing_tables_are_named(project: Any, tmp_path: Path) -> None:
    """Before the first ``migrate``, in one line too."""
    from django.core.management import CommandError

    from tests.store.django import stores

    stores.add_database(stores.sqlite(tmp_path / "new.sqlite3"), "default")
    with pytest.raises(CommandError, match="^no such table: oauth_client$"):
        _types("new-client", "Shop", "--redirect-uri", "https://shop.example/cb")
