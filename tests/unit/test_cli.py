"""The command line: what an operator types, and what they read when it goes wrong."""

from __future__ import annotations

import io
import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from shared_validator.accounts import new_user
from shared_validator.accounts.passwords import verify_password
from shared_validator.cli import main
from shared_validator.settings import Settings
from shared_validator.store import User
from shared_validator.store.sealing import SEALED_BY_CONSUMER, SEALED_BY_PROVIDER
from shared_validator.store.sql import SQLConsumerStore, SQLStore
from shared_validator.vault import Vault, digest, new_key
from tests.store import samples


class Operator:
    """Somebody at a terminal, with a database."""

    def __init__(self, url: str, capsys: pytest.CaptureFixture[str]) -> None:
        self.environ = {
            "DATABASE_URL": url,
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
def operator(sqlite_url: str, capsys: pytest.CaptureFixture[str]) -> Operator:
    return Operator(sqlite_url, capsys)


@pytest.fixture
def first_operator(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Operator:
    """An operator who has no database yet."""
    return Operator(f"sqlite:///{tmp_path / 'store.sqlite3'}", capsys)


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
    assert (1, "", "there is no user 'alise'; `list-users` shows all\n") == operator.types(command, "alise")


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


@pytest.mark.fault(21)
def test_the_type_of_an_application_is_registered_and_edited(operator: Operator) -> None:
    """OpenID Connect Registration §2, RFC 8252 §7.3: a native client has any loopback port, and a web client that of its URI."""
    named = ("new-client", "App", "--public", "--redirect-uri", "http://127.0.0.1/cb")
    made = json.loads(operator.types(*named, "--application-type", "native")[1])
    assert "native" == made["application_type"]
    assert "application_type" not in json.loads(operator.types(*named)[1])

    edited = json.loads(operator.types("edit-client", made["client_id"], "--application-type", "web")[1])

    assert ("web", ["http://127.0.0.1/cb"]) == (edited["application_type"], edited["redirect_uris"])
    with closing(operator.store()) as store:
        client = store.client(made["client_id"])
    assert client is not None
    assert not client.is_native


@pytest.mark.fault(21)
def test_a_web_client_cannot_be_made_with_the_scheme_of_an_app(operator: Operator) -> None:
    """RFC 8252 §7.1: neither by an edit."""
    named = ("new-client", "App", "--public", "--redirect-uri", "com.example.app:/cb")
    made = json.loads(operator.types(*named)[1])
    for command in ((*named, "--application-type", "web"), ("edit-client", made["client_id"], "--application-type", "web")):
        status, _, error = operator.types(*command)
        assert 1 == status
        assert "private-use scheme" in error


@pytest.mark.fault(20)
def test_a_client_for_itself_alone_has_no_response_type(operator: Operator) -> None:
    """RFC 7591 §2.1: neither when it is made, nor when it is shown; and it gets one with the grant type."""
    _, output, _ = operator.types("new-client", "Machine", "--grant-type", "client_credentials")
    made = json.loads(output)
    more = ("--grant-type", "authorization_code", "--redirect-uri", "https://shop.example/cb")

    assert [] == made["response_types"]
    assert [] == json.loads(operator.types("show-client", made["client_id"])[1])["response_types"]
    assert ["code"] == json.loads(operator.types("edit-client", made["client_id"], *more)[1])["response_types"]


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


def test_keys_are_rotated_and_the_database_migrated_and_pruned(first_operator: Operator) -> None:
    """What an operator does from time to time."""
    assert (0, "the database has the schema of this version\n", "") == first_operator.types("migrate")
    status, output, _ = first_operator.types("rotate-keys")
    assert 0 == status
    assert output.endswith("they sign in 900 seconds\n")
    assert (0, "deleted 0 records\n", "") == first_operator.types("prune")


def test_a_consumers_database_is_migrated_and_pruned(first_operator: Operator) -> None:
    """Neither command makes a provider's tables in it."""
    migrated = "the database has the schema of this version\n"
    assert (0, migrated, "") == first_operator.types("migrate", "--consumer")
    assert (0, "deleted 0 records\n", "") == first_operator.types("prune", "--consumer")
    with closing(first_operator.consumer_store()) as store, store.engine.connect() as connection:
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
    opened = Vault(Settings.from_environ(operator.environ).secret_keys).open(
        "oauth1 consumer secret", consumer.consumer_key, consumer.sealed_secret
    )
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


# Day two ------------------------------------------------------------------------------------------------------------------------


def _client(operator: Operator, *more: str) -> dict[str, Any]:
    """Register a client and return what was printed."""
    made: dict[str, Any] = json.loads(operator.types("new-client", "Shop", "--redirect-uri", "https://shop.example/cb", *more)[1])
    return made


def _consumer(operator: Operator) -> dict[str, Any]:
    """Register an OAuth 1.0a consumer and return what was printed."""
    made: dict[str, Any] = json.loads(operator.types("new-oauth1-consumer", "Printer", "--callback", "https://printer.example/cb")[1])
    return made


def test_clients_and_users_are_listed_one_on_a_line(operator: Operator) -> None:
    """Each line is JSON, which a script reads whatever a name contains; no secret is in it."""
    assert (0, "", "") == operator.types("list-clients") == operator.types("list-users")
    shop, printer = _client(operator), _consumer(operator)
    alice = _signed_in(operator)
    operator.types("disable-user", "alice")

    listed = [json.loads(line) for line in operator.types("list-clients")[1].splitlines()]
    (user,) = [json.loads(line) for line in operator.types("list-users")[1].splitlines()]

    expected = {name: value for name, value in shop.items() if name != "client_secret"}
    more = {"disabled": False, "has_old_secret": False}
    assert {"protocol": "oauth2", "id_token_signed_response_alg": "RS256", **expected, **more} == listed[0]
    consumer = {"consumer_key": printer["consumer_key"], "name": "Printer", "callbacks": ["https://printer.example/cb"]}
    assert {"protocol": "oauth1", **consumer, "rsa_public_key": None, **more} == listed[1]
    assert {"username": "alice", "sub": alice.user_id, "name": "alice", "email": "", "disabled": True} == user
    assert listed[0] == json.loads(operator.types("show-client", shop["client_id"])[1])
    assert listed[1] == json.loads(operator.types("show-client", printer["consumer_key"], "--oauth1")[1])


def test_a_long_list_is_complete(operator: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    """The store is read in parts."""
    from shared_validator.operations import job

    monkeypatch.setattr(job, "_PAGE", 2)
    with closing(operator.store()) as store:
        for number in range(5):
            store.save_user(samples.user(username=f"user {number}"))
    names = [json.loads(line)["username"] for line in operator.types("list-users")[1].splitlines()]
    assert [f"user {number}" for number in range(5)] == names


def test_a_client_is_edited(operator: Operator) -> None:
    """RFC 7591 §2: what is not named stays, its secret too."""
    shop = _client(operator)
    status, output, _ = operator.types(
        *("edit-client", shop["client_id"], "--name", "New shop", "--scope", "openid", "--redirect-uri", "https://new.example/cb"),
        *("--redirect-uri", "https://shop.example/cb", "--grant-type", "authorization_code"),
    )

    assert 0 == status
    edited = json.loads(output)
    expected = ("New shop", "openid", ["https://new.example/cb", "https://shop.example/cb"], ["authorization_code"])
    assert expected == tuple(edited[name] for name in ("client_name", "scope", "redirect_uris", "grant_types"))
    with closing(operator.store()) as store:
        client = store.client(shop["client_id"])
    assert client is not None
    assert (digest(shop["client_secret"]), ("openid",)) == (client.client_secret_hash, client.scope)


def test_a_consumer_is_edited(operator: Operator) -> None:
    """Its secret stays."""
    printer = _consumer(operator)
    with closing(operator.store()) as store:
        before = store.oauth1_consumer(printer["consumer_key"])
        assert before is not None
        named = (printer["consumer_key"], "--oauth1")
        assert 0 == operator.types("edit-client", *named, "--callback", "https://new.example/cb", "--name", "Copier")[0]
        expected = replace(before, callbacks=("https://new.example/cb",), name="Copier")
        assert expected == store.oauth1_consumer(printer["consumer_key"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "there is nothing to change"),
        (("--scope", "openid notes:raed"), "the scope 'notes:raed' is not one of"),
        (("--redirect-uri", "http://shop.example/"), "must be https"),
        (("--redirect-uri", "https://shop.example:99999/"), "port"),
        (("--redirect-uri", "https://shop.example/a|b"), "is not an absolute URI"),
        (("--redirect-uri", "https://[::1/cb"), "is not a URI"),
        (("--redirect-uri", "/cb"), "relative"),
        (("--grant-type", "password"), "not supported"),
        (("--callback", "https://shop.example/"), "--callback: an OAuth 2 client has none"),
        (("--oauth1", "--name", "x"), "there is no OAuth 1.0a consumer"),
    ],
)
def test_an_edit_that_would_fail_at_the_sign_in_is_refused(operator: Operator, arguments: tuple[str, ...], message: str) -> None:
    """The message says what to do, and nothing is changed."""
    shop = _client(operator)
    with closing(operator.store()) as store:
        store.save_offered_scopes(["openid", "profile", "email", "notes:read"])
        before = store.client(shop["client_id"])
        status, output, error = operator.types("edit-client", shop["client_id"], *arguments)
        assert (1, "", 1) == (status, output, error.count("\n"))
        assert message in error
        assert before == store.client(shop["client_id"])


@pytest.mark.parametrize("arguments", [("--scope", "x"), ("--redirect-uri", "https://x.example/"), ("--application-type", "web")])
def test_a_consumer_has_no_scope_to_edit(operator: Operator, arguments: tuple[str, ...]) -> None:
    """RFC 5849 has neither scopes nor redirect URIs."""
    printer = _consumer(operator)
    refused = operator.types("edit-client", printer["consumer_key"], "--oauth1", *arguments)
    assert (1, "", f"{arguments[0]}: an OAuth 1.0a consumer has none\n") == refused


def test_an_unknown_scope_is_refused_when_the_provider_has_started(operator: Operator, tmp_path: Path) -> None:
    """RFC 6749 §3.3: a provider records what it offers at its start; before, the command can't know it."""
    from shared_validator.provider import Provider

    assert 0 == operator.types("new-client", "Shop", "--redirect-uri", "https://shop.example/cb", "--scope", "notes:raed")[0]
    with closing(operator.store()) as store:
        Provider(Settings.from_environ(operator.environ), store, {"notes:read": "Read your notes"}).wsgi(lambda *_: [])
    seeded = {"client_id": "seeded", "client_secret": "s", "redirect_uris": ["https://shop.example/cb"], "scope": "notes:raed"}
    file = tmp_path / "seed.json"
    file.write_text(json.dumps({"clients": [seeded]}))

    for command in (("new-client", "Shop", "--redirect-uri", "https://shop.example/cb", "--scope", "notes:raed"), ("seed", str(file))):
        status, _, error = operator.types(*command)
        assert 1 == status
        assert "the scope 'notes:raed' is not one of email, notes:read, offline_access, openid, profile\n" in error
    assert 0 == operator.types("new-client", "Shop", "--redirect-uri", "https://shop.example/cb", "--scope", "openid notes:read")[0]


@pytest.mark.parametrize("kind", ["client", "consumer"])
def test_two_secrets_overlap(operator: Operator, kind: str) -> None:
    """The old secret works until the operator ends it, and none is lost by mistake."""
    made = _client(operator) if kind == "client" else _consumer(operator)
    name, secret = ("client_id", "client_secret") if kind == "client" else ("consumer_key", "consumer_secret")
    named = (made[name], *(() if kind == "client" else ("--oauth1",)))

    def accepted() -> list[str]:
        with closing(operator.store()) as store:
            client, consumer = store.client(made[name]), store.oauth1_consumer(made[name])
        if client is not None:
            known = {digest(text): text for text in secrets}
            return [known[found] for found in (client.client_secret_hash, client.previous_secret_hash) if found]
        assert consumer is not None
        vault = Vault(Settings.from_environ(operator.environ).secret_keys)
        sealed = (consumer.sealed_secret, consumer.previous_sealed_secret)
        return [vault.open("oauth1 consumer secret", consumer.consumer_key, found).decode() for found in sealed if found]

    secrets = [made[secret]]
    assert operator.types("end-old-client-secret", *named)[2].endswith(" has no old secret; `new-client-secret` makes a new one\n")
    printed = json.loads(operator.types("new-client-secret", *named)[1])
    secrets.append(printed[secret])
    assert {name: made[name], secret: secrets[1]} == printed
    assert [secrets[1], secrets[0]] == accepted()
    assert operator.types("new-client-secret", *named)[2].endswith("end the old one with `end-old-client-secret`, or both with --now\n")
    assert (0, f"ended the old secret of {made[name]}\n", "") == operator.types("end-old-client-secret", *named)
    assert [secrets[1]] == accepted()
    operator.types("new-client-secret", *named)
    secrets.append(json.loads(operator.types("new-client-secret", *named, "--now")[1])[secret])
    assert [secrets[2]] == accepted()


def test_a_client_without_a_secret_gets_none(operator: Operator) -> None:
    """RFC 6749 §2.1: a public client can keep none."""
    app = _client(operator, "--public")
    status, _, error = operator.types("new-client-secret", app["client_id"])
    assert (1, True) == (status, "has no secret: it is a public client" in error)


@pytest.mark.parametrize("kind", ["client", "consumer"])
def test_a_client_is_disabled_enabled_and_deleted(operator: Operator, kind: str) -> None:
    """Each command says what it did, and finds a disabled client too."""
    made = _client(operator) if kind == "client" else _consumer(operator)
    name = made["client_id"] if kind == "client" else made["consumer_key"]
    named = (name, *(() if kind == "client" else ("--oauth1",)))

    def found(*, include_disabled: bool) -> bool:
        with closing(operator.store()) as store:
            look = store.client if kind == "client" else store.oauth1_consumer
            return look(name, include_disabled=include_disabled) is not None

    assert (0, f"disabled {name}; nothing that users allowed it works\n", "") == operator.types("disable-client", *named)
    assert (False, True) == (found(include_disabled=False), found(include_disabled=True))
    assert json.loads(operator.types("edit-client", *named, "--name", "New")[1])["disabled"]
    assert (0, f"enabled {name}; what users allowed it works again\n", "") == operator.types("enable-client", *named)
    assert found(include_disabled=False)
    assert (0, f"deleted {name} and everything that users allowed it\n", "") == operator.types("delete-client", *named)
    assert not found(include_disabled=True)


def test_a_wrong_client_is_explained(operator: Operator) -> None:
    """A key of the other protocol is recognised."""
    shop, printer = _client(operator), _consumer(operator)
    for arguments, hint in (
        ((printer["consumer_key"],), "add --oauth1 for the OAuth 1.0a consumer"),
        ((shop["client_id"], "--oauth1"), "it is an OAuth 2 client: leave out --oauth1"),
        (("nothing",), "`list-clients` shows all"),
    ):
        for command in ("show-client", "edit-client", "new-client-secret", "end-old-client-secret", "disable-client", "delete-client"):
            status, output, error = operator.types(command, *arguments)
            assert (1, "", True) == (status, output, error.endswith(f"; {hint}\n"))


@pytest.mark.parametrize(
    ("arguments", "left"),
    [
        (("--user", "alice"), [(False, False), (True, True)]),
        (("--client", "app"), [(False, True), (False, True)]),
        (("--client", "app", "--oauth1"), [(True, False), (True, False)]),
        (("--user", "alice", "--client", "app"), [(False, True), (True, True)]),
        (("--user", "alice", "--client", "app", "--oauth1"), [(True, False), (True, True)]),
    ],
)
def test_what_was_allowed_is_revoked(operator: Operator, arguments: tuple[str, ...], left: list[tuple[bool, bool]]) -> None:
    """RFC 7009 §2.1: of a user, of a client, or of one for the other; sessions continue."""
    with closing(operator.store()) as store:
        people = [samples.user(username=name) for name in ("alice", "bob")]
        store.save_client(samples.client(client_id="app"))
        store.save_oauth1_consumer(samples.oauth1_consumer(consumer_key="app"))
        tokens = [samples.access_token(user_id=user.user_id, client_id="app") for user in people]
        credentials = [samples.token_credentials(user_id=user.user_id, consumer_key="app") for user in people]
        for user, token, credential in zip(people, tokens, credentials, strict=True):
            store.save_user(user)
            store.save_access_token(token)
            store.save_token_credentials(credential)
            store.save_session(samples.session(user_id=user.user_id))
        assert (0, "") == operator.types("revoke", *arguments)[::2]
        found = [
            (store.access_token(token.token_hash) is not None, store.token_credentials(credential.token_hash) is not None)
            for token, credential in zip(tokens, credentials, strict=True)
        ]
        assert left == found
        assert [1, 1] == [len(store.sessions(user.user_id, samples.NOW)) for user in people]


def test_a_revocation_names_something(operator: Operator) -> None:
    """Without a name it would end everything."""
    assert (1, "", "name a --user, a --client, or both\n") == operator.types("revoke")


@pytest.mark.fault(8)
def test_keys_are_ended_at_once(operator: Operator) -> None:
    """A stolen key is worth nothing after the command."""
    operator.types("rotate-keys")
    assert operator.types("rotate-keys", "--now")[1].endswith("which sign now; what other keys have signed is refused\n")
    with closing(operator.store()) as store:
        assert 2 == len([key for key in store.signing_keys() if key.expires_at is None])
        assert {0, None} == {key.expires_at for key in store.signing_keys()}


def _sealed(store: Any) -> dict[tuple[str, Any], bytes]:
    kinds = (*SEALED_BY_CONSUMER, *SEALED_BY_PROVIDER)
    return {(kind, key): sealed for kind in kinds for key, sealed in store.list_sealed(kind, None, 1000)}


def _fill(store: Any, keys: tuple[bytes, ...]) -> None:
    """Seal one value of each kind."""
    vault, consumer, temporary = Vault(keys), samples.oauth1_consumer(), samples.temporary_credentials()
    token, refresh = samples.token_credentials(consumer_key=consumer.consumer_key), samples.refresh_token()

    def seal(purpose: str, row: str | bytes) -> bytes:
        return vault.seal(purpose, row, b"{}")

    secrets = [seal("oauth1 consumer secret", consumer.consumer_key) for _ in range(2)]
    store.save_oauth1_consumer(replace(consumer, sealed_secret=secrets[0], previous_sealed_secret=secrets[1]))
    sealed = seal("oauth1 temporary secret", temporary.token_hash)
    store.save_temporary_credentials(replace(temporary, sealed_secret=sealed))
    store.save_token_credentials(replace(token, sealed_secret=seal("oauth1 token secret", token.token_hash)))
    store.save_refresh_token(replace(refresh, sealed_answer=seal("refresh answer", refresh.token_hash)))
    store.save_sealed(b"attempt", seal("consumer attempt", b"attempt"), samples.LATER)
    store.save_sealed(b"login", seal("consumer login", b"login"), samples.LATER)


def test_everything_is_sealed_again_so_that_the_old_key_can_go(operator: Operator) -> None:
    """A provider's values with OAUTH_SECRET_KEY, a consumer's with CONSUMER_SECRET_KEY; a second run finds nothing to do."""
    old, new = operator.environ["OAUTH_SECRET_KEY"], new_key()
    operator.types("rotate-keys")
    with closing(operator.store()) as store:
        _fill(store, Settings.from_environ(operator.environ).secret_keys)
    operator.environ |= {"OAUTH_SECRET_KEY": f"{new} {old}", "CONSUMER_SECRET_KEY": f"{new} {old}"}

    assert "the keys decrypt all 7 sealed values, 7 of them with an old key: `reseal` replaces it" in operator.types("check")[1]
    done = "sealed {} values again; all are sealed with the first key now\n"
    assert [(0, done.format(7), ""), (0, done.format(0), "")] == [operator.types("reseal") for _ in range(2)]
    assert (0, done.format(2), "") == operator.types("reseal", "--consumer")

    operator.environ |= {"OAUTH_SECRET_KEY": new, "CONSUMER_SECRET_KEY": new}
    assert (0, True) == ((checked := operator.types("check"))[0], "the keys decrypt all 7 sealed values\n" in checked[1])
    assert (0, done.format(0), "") == operator.types("reseal") == operator.types("reseal", "--consumer")


def test_an_interrupted_run_is_repeated(operator: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was sealed again stays so, and the rest follows."""
    from shared_validator.operations import keys

    old, new = operator.environ["OAUTH_SECRET_KEY"], new_key()
    with closing(operator.store()) as store:
        _fill(store, Settings.from_environ(operator.environ).secret_keys)
    operator.environ["OAUTH_SECRET_KEY"] = f"{new} {old}"
    with monkeypatch.context() as patched:
        patched.setattr(keys, "_OF_PROVIDER", dict(list(keys._OF_PROVIDER.items())[:2]))
        operator.types("reseal")

    assert operator.types("reseal")[1].startswith("sealed 4 values again")
    operator.environ["OAUTH_SECRET_KEY"] = new
    assert operator.types("reseal")[1].startswith("sealed 0 values again")


def test_what_no_key_opens_is_counted(operator: Operator) -> None:
    """The rest is sealed again, and the status tells a script."""
    lost, old, new = new_key(), operator.environ["OAUTH_SECRET_KEY"], new_key()
    with closing(operator.store()) as store:
        _fill(store, Settings.from_environ(operator.environ).secret_keys)
        before = _sealed(store)
        alien = Vault(Settings.from_environ(operator.environ | {"OAUTH_SECRET_KEY": lost}).secret_keys)
        store.save_signing_key(samples.signing_key(kid="alien", sealed_key=alien.seal("signing key", "alien", b"{}")))
        operator.environ["OAUTH_SECRET_KEY"] = f"{new} {old}"
        status, output, error = operator.types("reseal")
        after = _sealed(store)
    assert (1, "") == (status, output)
    assert error.startswith("sealed 5 values again with the first key; 1 of the kind 'signing key' can't be decrypted with any key")
    assert 5 == len([name for name, sealed in before.items() if after[name] != sealed])
    assert (1, "") == operator.types("check")[:2]


def test_all_is_well(operator: Operator) -> None:
    """One line for each check, and the status 0."""
    operator.types("migrate")
    expected = (
        "ok: the database has the schema of this version\nok: the settings are accepted\n"
        "ok: the keys decrypt all 0 sealed values\nok: the clocks of this machine and the database agree\n"
    )
    assert (0, expected, "") == operator.types("check")


def test_each_problem_is_named(operator: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    """The settings, the keys and the clock are all checked, whatever the others say."""
    operator.types("rotate-keys")
    operator.environ |= {"OAUTH_SECRET_KEY": new_key(), "OAUTH_CODE_SECONDS": "601"}
    monkeypatch.setattr(SQLStore, "time", lambda self: 1_700_000_000.0)

    status, output, error = operator.types("check")

    assert (1, "") == (status, output)
    lines = error.splitlines()
    assert ["ok", "problem", "problem", "problem"] == [line.partition(":")[0] for line in lines]
    assert "OAUTH_CODE_SECONDS" in lines[1]
    assert "ahead of the database's: synchronise both" in lines[3]
    del operator.environ["OAUTH_CODE_SECONDS"]
    assert "2 of the kind 'signing key' can't be decrypted" in operator.types("check")[2]


@pytest.mark.parametrize("consumer", [(), ("--consumer",)])
def test_a_check_changes_no_database(first_operator: Operator, tmp_path: Path, consumer: tuple[str, ...]) -> None:
    """Neither a missing file nor an old schema is repaired on the way."""
    file = tmp_path / "store.sqlite3"
    assert (1, "", f"DATABASE_URL: there is no file {file}\n") == first_operator.types("check", *consumer)
    assert not file.exists()
    file.touch()
    status, _, error = first_operator.types("check", *consumer)
    command = " ".join(("python -m shared_validator migrate", *consumer))
    assert (1, f"DATABASE_URL: the tables are missing or of another version: run `{command}`\n") == (status, error)
    with closing(sqlite3.connect(file)) as connection:
        assert [] == connection.execute("SELECT name FROM sqlite_master").fetchall()


def test_another_store_has_the_same_commands(operator: Operator) -> None:
    """An application with users of its own opens its store itself."""
    with closing(operator.store()) as store:
        store.save_user(samples.user(username="alice"))
        assert 0 == main(("disable-user", "alice"), {}, store)
        assert store.user_by_name("alice") is None
        with pytest.raises(SystemExit):
            main(("new-user", "alice"), {}, store)


def test_every_kind_of_sealed_value_has_a_purpose() -> None:
    """A kind that the store lists is sealed again too."""
    from shared_validator.operations import keys

    assert set(SEALED_BY_PROVIDER) == set(keys._OF_PROVIDER)


def test_a_provider_needs_no_consumer() -> None:
    """Its installation may lack what only a consumer needs."""
    script = "import sys, shared_validator.operations; sys.exit('shared_validator.consumer' in sys.modules)"
    subprocess.run([sys.executable, "-c", script], check=True)
