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


@pytest.mark.fault(21)
def test_the_type_of_an_application_is_registered(project: Any) -> None:
    """OpenID Connect Registration §2: with the same option as without Django."""
    arguments = ("new-client", "App", "--public", "--redirect-uri", "http://127.0.0.1/cb", "--application-type", "web")
    assert "web" == project.client(json.loads(_types(*arguments))["client_id"]).application_type


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
    with pytest.raises(CommandError, match="^OAUTH_SECRET_KEY: does not open the signing keys"):
        _types("rotate-keys")

    monkeypatch.delenv("OAUTH_SECRET_KEY")
    with pytest.raises(CommandError, match="^OAUTH_SECRET_KEY: is required"):
        _types("rotate-keys")


def test_missing_tables_are_named(project: Any, tmp_path: Path) -> None:
    """Before the first ``migrate``, in one line too, whether the file is missing or empty."""
    from django.core.management import CommandError

    from tests.store.django import stores

    file = tmp_path / "new.sqlite3"
    stores.add_database(stores.sqlite(file), "default")
    for reason in (f"unable to open {file}", "no such table: oauth_offeredscope"):
        with pytest.raises(CommandError, match=f"^the database cannot be used: {reason}$"):
            _types("new-client", "Shop", "--redirect-uri", "https://shop.example/cb")
        file.touch()


# Day two ------------------------------------------------------------------------------------------------------------------------


def _refuses(message: str, *arguments: str) -> None:
    from django.core.management import CommandError

    with pytest.raises(CommandError, match=message):
        _types(*arguments)


def test_users_are_listed_and_changed(project: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The users are Django's: each has a ``sub``, and a user who is disabled is not active."""
    from django.contrib.auth import authenticate, get_user_model

    get_user_model().objects.create_user("alice", password="correct horse", email="alice@example.com")
    (alice,) = [json.loads(line) for line in _types("list-users").splitlines()]
    assert {"username": "alice", "name": "alice", "email": "alice@example.com", "disabled": False} == {
        name: value for name, value in alice.items() if name != "sub"
    }
    token = samples.access_token(user_id=alice["sub"], client_id="app")
    project.save_client(samples.client(client_id="app"))
    project.save_access_token(token)

    assert "disabled alice, who is signed out everywhere\n" == _types("disable-user", "alice")
    assert (None, None) == (project.access_token(token.token_hash), authenticate(username="alice", password="correct horse"))
    assert "enabled alice\n" == _types("enable-user", "alice")
    assert token == project.access_token(token.token_hash)
    monkeypatch.setattr("sys.stdin", io.StringIO("battery staple\n"))
    assert "changed the password of alice, who is signed out everywhere\n" == _types("set-password", "alice")
    assert authenticate(username="alice", password="battery staple") is not None
    assert "revoked everything that alice allowed\n" == _types("revoke", "--user", "alice")
    assert project.access_token(token.token_hash) is None
    assert "deleted alice and everything they allowed\n" == _types("delete-user", "alice")
    assert "" == _types("list-users")
    _refuses("there is no user 'alice'", "delete-user", "alice")


def test_a_client_is_looked_after(project: Any) -> None:
    """As with ``python -m shared_validator``."""
    made = json.loads(_types("new-client", "Shop", "--redirect-uri", "https://shop.example/cb"))
    name = made["client_id"]
    assert made["client_id"] == json.loads(_types("list-clients"))["client_id"]
    assert "openid" == json.loads(_types("edit-client", name, "--scope", "openid"))["scope"]
    renewed = json.loads(_types("new-client-secret", name))
    client = project.client(name)
    expected = (digest(renewed["client_secret"]), digest(made["client_secret"]))
    assert expected == (client.client_secret_hash, client.previous_secret_hash)
    _types("end-old-client-secret", name)
    assert project.client(name).previous_secret_hash is None
    _types("disable-client", name)
    assert project.client(name) is None
    _types("enable-client", name)
    assert ["openid"] == list(project.client(name).scope)
    _types("delete-client", name)
    _refuses("there is no OAuth 2 client", "show-client", name)


def test_the_scopes_are_those_of_the_projects_provider(project: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """RFC 6749 §3.3: Django knows its provider, so a misspelt scope is refused before the first start, on the admin site too."""
    from django.conf import settings

    from shared_validator.django import provider
    from shared_validator.django.forms import ClientForm

    class Named:
        class context:
            scopes = ("openid", "notes:read")

    monkeypatch.setattr(settings, "OAUTH_PROVIDER", "a.provider", raising=False)
    monkeypatch.setattr(provider, "import_string", lambda name: Named)
    _refuses(
        "'notes:raed' is not one of notes:read, openid", "new-client", "S", "--redirect-uri", "https://s.example/", "--scope", "notes:raed"
    )
    _types("new-client", "S", "--redirect-uri", "https://s.example/", "--scope", "notes:read")
    fields = {
        "client_name": "S",
        "redirect_uris": "https://s.example/",
        "grant_types": ["authorization_code"],
        "token_endpoint_auth_method": "none",
        "id_token_signed_response_alg": "RS256",
    }
    assert "notes:raed&#x27; is not one of" in str(ClientForm({**fields, "scope": "notes:raed"}).errors)
    assert not ClientForm({**fields, "scope": "notes:read"}).errors


@pytest.mark.fault(8)
def test_keys_are_ended_at_once(project: Any) -> None:
    """A stolen key is worth nothing after the command."""
    _types("rotate-keys")
    assert "which sign now" in _types("rotate-keys", "--now")
    assert [0, 0] == [key.expires_at for key in project.signing_keys() if key.expires_at is not None]


def test_everything_is_sealed_again(project: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Afterwards the new key alone opens it."""
    import os

    new = new_key()
    _types("rotate-keys")
    _types("new-oauth1-consumer", "Printer", "--callback", "https://printer.example/cb")
    monkeypatch.setenv("OAUTH_SECRET_KEY", f"{new} {os.environ['OAUTH_SECRET_KEY']}")
    assert "3 of them with an old key: `reseal` replaces it" in _types("check")
    assert "sealed 3 values again; all are sealed with the first key now\n" == _types("reseal")
    monkeypatch.setenv("OAUTH_SECRET_KEY", new)
    assert "the keys decrypt all 3 sealed values\n" in _types("check")
    monkeypatch.setenv("OAUTH_SECRET_KEY", new_key())
    _refuses("problem: 1 of the kind 'oauth1 consumer secret', 2 of the kind 'signing key' can't be decrypted", "check")


def test_a_check_names_the_command_for_the_tables(project: Any, tmp_path: Path) -> None:
    """Before ``migrate``; and it changes nothing."""
    from django.db import connection

    from tests.store.django import stores

    stores.add_database(stores.sqlite(tmp_path / "new.sqlite3"), "default")
    _refuses("run `manage.py migrate`", "check")
    assert [] == connection.introspection.table_names()
