"""Signing keys of several processes on one store."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared_validator.context import Context
from shared_validator.keys import ALGORITHMS, KeyRing
from shared_validator.settings import Settings, SettingsError
from shared_validator.store.sql import SQLStore
from tests.unit.oauth2.server import ISSUER, KEY, Clock


@pytest.fixture
def rings(sqlite_url: str) -> Iterator[tuple[KeyRing, KeyRing]]:
    """The key rings of two processes, on an empty store."""
    store = SQLStore(sqlite_url)
    context = Context(Settings(issuer=ISSUER, secret_keys=(KEY,)), store, {}, Clock())
    yield KeyRing(context), KeyRing(context)
    store.close()


def test_processes_that_start_together_share_their_first_keys(rings: tuple[KeyRing, KeyRing]) -> None:
    """RFC 7517 §5: a process that has looked before the first keys were made looks again before it makes its own."""
    one, two = rings
    assert one.signing_key("RS256").kid == two.signing_key("RS256").kid
    assert two.signing_key("ES256").kid == one.signing_key("ES256").kid
    assert len(ALGORITHMS) == len(one.jwks()["keys"])
    assert one.jwks() == two.jwks()


def test_a_key_of_another_process_is_published_at_once(rings: tuple[KeyRing, KeyRing]) -> None:
    """RFC 7517 §5: whoever asks wants to verify what may have been signed a moment ago."""
    one, two = rings
    one.jwks()
    made = two.rotate()
    assert set(made) <= {key["kid"] for key in one.jwks()["keys"]}


@pytest.mark.fault(8)
def test_keys_that_are_ended_at_once_sign_and_verify_nothing_more(rings: tuple[KeyRing, KeyRing]) -> None:
    """RFC 7517 §5: in every process, those that were retired or not yet in use too, and the key set has the new ones only."""
    one, two = rings
    one.jwks()
    one.rotate()
    old = {key["kid"] for key in two.jwks()["keys"]}
    assert 2 * len(ALGORITHMS) == len(old)
    made = set(one.rotate_now())
    assert set() == {kid for kid in old if two.find(kid) or one.find(kid)}
    assert made == {two.signing_key(algorithm).kid for algorithm in ALGORITHMS}
    assert made == {key["kid"] for key in two.jwks()["keys"]}


@pytest.mark.fault(8)
def test_a_clock_that_is_behind_keeps_no_ended_key_alive(tmp_path: Path) -> None:
    """The operator's machine may be ahead of the server that has to refuse the stolen key."""
    with closing(SQLStore(f"sqlite:///{tmp_path}/store.sqlite3")) as store:
        operator, server = Clock(), Clock()
        operator.time += 300
        settings = Settings(issuer=ISSUER, secret_keys=(KEY,))
        here, there = (KeyRing(Context(settings, store, {}, clock)) for clock in (operator, server))
        stolen = str(there.signing_key("ES256").kid)
        here.rotate_now()
        assert there.find(stolen) is None
        assert stolen != there.signing_key("ES256").kid


@pytest.mark.fault(9)
def test_a_signing_key_that_was_moved_to_another_row_does_not_open(rings: tuple[KeyRing, KeyRing]) -> None:
    """An attacker who can write to the database does not put a retired key, which they know, under the name of another."""
    one, two = rings
    one.jwks()
    store = two._context.store
    first, second = store.signing_keys()
    store.save_signing_key(replace(first, sealed_key=second.sealed_key))

    with pytest.raises(SettingsError, match="OAUTH_SECRET_KEY"):
        two.check()


@pytest.mark.fault(9)
def test_signing_keys_of_an_earlier_version_are_refused_with_the_command_that_mends_them(rings: tuple[KeyRing, KeyRing]) -> None:
    """They are bound to no row, so a provider does not start with them."""
    one, two = rings
    one.jwks()
    context = two._context
    for record in context.store.signing_keys():
        value = context.vault.open("signing key", record.kid, record.sealed_key)
        sealed = b"n" * 12 + AESGCM(KEY).encrypt(b"n" * 12, value, b"signing key")
        context.store.save_signing_key(replace(record, sealed_key=sealed))

    with pytest.raises(SettingsError, match="python -m shared_validator reseal"):
        two.check()
