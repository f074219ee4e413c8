"""The command line: what an operator types, and what they read when it goes wrong."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from shared_validator.accounts import new_user
from shared_validator.accounts.passwords import verify_password
from shared_validator.cli import main
from shared_validator.settings import Settings
from shared_validator.store import User
from shared_validator.store.sql import SQLConsumerStore, SQLStore
from shared_validator.vault import Vault, digest, new_key
from tests.store import samples


class Operator:
    """Somebody at a terminal, with a database."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.environ = {
            "DATABASE_URL": f"sqlite:///{folder / 'store.sqlite3'}",
            "OAUTH_ISSUER": "https://provider.example",
            "OAUTH_SECRET_KEY": new_key(),
        }
        self._capsys = capsys

    def types(self, *arguments: str) -> tuple[int, str, str]:
        """Return the exit status, the standard output and the standard error of a command."""
        status = main(arguments, self.environ)
        output = self._capsys.readouterr()
        return status, output.out, output.err

    def store(self) -> SQLStore:
        return SQLStore.from_environ(self.environ)

    def consumer_store(self) -> SQLConsumerStore:
        return SQLConsumerStore.from_environ(self.environ)


@pytest.fixture
def operator(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Operator:
    return Operator(tmp_path, capsys)


def test_a_new_key_fits_the_setting(operator: Operator) -> None:
    """The first thing that the settings ask for."""
    status, key, _ = operator.types("new-key")

    assert 0 == status
    Settings.from_environ(operator.environ | {"OAUTH_SECRET_KEY": key})


def test_a_user_is_made_with_a_password_that_is_typed(operator: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    """A password is no argument: arguments are seen by every user of the machine."""
    monkeypatch.setattr(sys, "stdin", io.StringIO("correct horse\n"))

    assert (0, "made the user alice\n", "") == operator.types("new-user", "alice", "--email", "alice@example.com")

    store = operator.store()
    user = store.user_by_name("alice")
    store.close()
    assert user is not None
    assert "alice" == user.name
    assert verify_password(user.password_hash, "correct horse")


def test_a_terminal_is_asked_for_the_password_without_echo(operator: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    """getpass does not show it."""
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr("getpass.getpass", lambda: "correct horse")

    assert 0 == operator.types("new-user", "alice", "--name", "Alice")[0]


def _signed_in(operator: Operator) -> User:
    """Return a user who has a session."""
    with closing(operator.store()) as store:
        alice = new_user("alice", "correct horse")
        store.save_user(alice)
        store.save_session(samples.session(user_id=alice.user_id))
    return alice


@pytest.mark.parametrize(
    ("command", "said", "sessions"),
    [
        ("set-password", "changed the password of alice, who is signed out everywhere", 0),
        ("disable-user", "disabled alice, who is signed out everywhere", 0),
        ("enable-user", "enabled alice", 1),
        ("delete-user", "deleted alice and everything they allowed", 0),
        ("sign-out-user", "signed alice out everywhere", 0),
    ],
)
def test_an_account_is_changed(operator: Operator, monkeypatch: pytest.MonkeyPatch, command: str, said: str, sessions: int) -> None:
    """Each change says what it did, and ends the sessions that it must end."""
    alice = _signed_in(operator)
    monkeypatch.setattr(sys, "stdin", io.StringIO("battery staple\n"))

    assert (0, f"{said}\n", "") == operator.types(command, "alice")

    with closing(operator.store()) as store:
        assert sessions == len(store.sessions(alice.user_id, samples.NOW))
        user = store.user(alice.user_id, include_disabled=True)
    assert (user is None) == (command == "delete-user")
    if user is not None:
        assert user.disabled == (command == "disable-user")
        password = "battery staple" if command == "set-password" else "correct horse"
        assert verify_password(user.password_hash, password)


def test_a_disabled_user_is_enabled_again(operator: Operator) -> None:
    """They are found by name although they can't sign in."""
    alice = _signed_in(operator)
    operator.types("disable-user", "alice")

    assert (0, "enabled alice\n", "") == operator.types("enable-user", "alice")

    with closing(operator.store()) as store:
        assert alice == store.user_by_name("alice")


@pytest.mark.parametrize("command", ["set-password", "disable-user", "enable-user", "delete-user", "sign-out-user"])
def test_an_unknown_user_is_named(operator: Operator, command: str) -> None:
    """A misspelt name changes nothing."""
    assert (1, "", "there is no user 'alise'\n") == operator.types(command, "alise")


def test_a_client_is_shown_its_secret_once(operator: Operator) -> None:
    """The database keeps a digest (RFC 7591 §3.2.1 returns the metadata in this form)."""
    status, output, _ = operator.types("new-client", "Shop", "--redirect-uri", "https://shop.example/cb")

    assert 0 == status
    metadata = json.loads(output)
    store = operator.store()
    client = store.client(metadata["client_id"])
    store.close()
    assert client is not None
    assert digest(metadata["client_secret"]) == client.client_secret_hash
    assert ("authorization_code", "refresh_token") == client.grant_types


def test_a_public_client_has_no_secret(operator: Operator) -> None:
    """RFC 6749 §2.1."""
    _, output, _ = operator.types(
        "new-client", "App", "--public", "--redirect-uri", "com.example:/cb", "--grant-type", "authorization_code"
    )

    assert "client_secret" not in json.loads(output)


def test_an_oauth1_consumer_has_a_secret_or_a_public_key(operator: Operator, tmp_path: Path) -> None:
    """RFC 5849 §3.4: HMAC with a shared secret, or RSA."""
    from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    pem = tmp_path / "key.pem"
    pem.write_bytes(generate_private_key(65537, 2048).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))

    _, with_secret, _ = operator.types("new-oauth1-consumer", "Shop", "--callback", "https://shop.example/cb")
    _, with_key, _ = operator.types("new-oauth1-consumer", "Shop", "--rsa-public-key", str(pem))

    store = operator.store()
    consumers = [store.oauth1_consumer(json.loads(output)["consumer_key"]) for output in (with_secret, with_key)]
    store.close()
    assert [True, False] == [consumer is not None and consumer.sealed_secret is not None for consumer in consumers]
    assert "consumer_secret" in json.loads(with_secret)
    assert "consumer_secret" not in json.loads(with_key)


def test_keys_are_rotated_and_the_database_migrated_and_pruned(operator: Operator) -> None:
    """What an operator does from time to time."""
    assert (0, "the database has the schema of this version\n", "") == operator.types("migrate")
    status, output, _ = operator.types("rotate-keys")
    assert 0 == status
    assert output.endswith("they sign in 900 seconds\n")
    assert (0, "deleted 0 records\n", "") == operator.types("prune")


def test_a_consumers_database_is_migrated_and_pruned(operator: Operator) -> None:
    """Neither command makes a provider's tables in it."""
    migrated = "the database has the schema of this version\n"
    assert (0, migrated, "") == operator.types("migrate", "--consumer")
    assert (0, "deleted 0 records\n", "") == operator.types("prune", "--consumer")
    with closing(operator.consumer_store()) as store, store.engine.connect() as connection:
        assert not store.engine.dialect.has_table(connection, "oauth_codes")


def test_a_seed_is_loaded_from_a_file(operator: Operator, tmp_path: Path) -> None:
    """As ``serve --seed`` does."""
    file = tmp_path / "seed.json"
    file.write_text(json.dumps({"oauth1_consumers": [{"consumer_key": "key", "consumer_secret": "s"}]}))

    assert 0 == operator.types("seed", str(file))[0]

    store = operator.store()
    consumer = store.oauth1_consumer("key")
    store.close()
    assert consumer is not None
    assert consumer.sealed_secret is not None
    opened = Vault(Settings.from_environ(operator.environ).secret_keys).open("oauth1 consumer secret", consumer.sealed_secret)
    assert b"s" == opened


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("seed", "missing.json"), "missing.json"),
        (("new-client", "Shop"), "redirect_uris"),
        (("new-client", "Shop", "--redirect-uri", "http://shop.example/"), "must be https"),
        (("new-client", "Shop", "--redirect-uri", "https://shop.example/", "--grant-type", "password"), "password"),
        (("new-oauth1-consumer", "Shop", "--callback", "relative"), "relative"),
    ],
)
def test_a_mistake_is_answered_with_one_line(operator: Operator, arguments: tuple[str, ...], message: str) -> None:
    """And with a status that a script can see; never with a stack trace."""
    status, output, error = operator.types(*arguments)

    assert (1, "") == (status, output)
    assert message in error
    assert 1 == error.count("\n")


def test_a_missing_setting_is_named(operator: Operator) -> None:
    """The command that needs it says so."""
    del operator.environ["OAUTH_SECRET_KEY"]

    status, _, error = operator.types("rotate-keys")

    assert 1 == status
    assert error.startswith("OAUTH_SECRET_KEY: is required")


@pytest.mark.fault(14)
def test_a_key_that_does_not_open_the_store_publishes_nothing(operator: Operator) -> None:
    """Servers could not read signing keys (RFC 7517 §5) that another ``OAUTH_SECRET_KEY`` encrypts; the message is one line."""
    operator.types("rotate-keys")
    with closing(operator.store()) as store:
        before = store.signing_keys()
    operator.environ["OAUTH_SECRET_KEY"] = new_key()

    message = "OAUTH_SECRET_KEY: does not open the signing keys in the database; another key sealed them\n"
    assert (1, "", message) == operator.types("rotate-keys")
    with closing(operator.store()) as store:
        assert before == store.signing_keys()


def test_it_runs_as_a_module() -> None:
    """``python -m shared_validator``."""
    result = subprocess.run([sys.executable, "-m", "shared_validator", "--help"], capture_output=True, text=True, check=True)

    assert "rotate-keys" in result.stdout
