"""Signing keys of several processes on one store."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from shared_validator.context import Context
from shared_validator.keys import ALGORITHMS, KeyRing
from shared_validator.settings import Settings
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
