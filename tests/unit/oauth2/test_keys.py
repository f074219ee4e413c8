"""Signing keys of several processes on one store."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from shared_validator.context import Context
from shared_validator.keys import ALGORITHMS, KeyRing
from shared_validator.settings import Settings
from shared_validator.store.sql import SQLStore
from tests.unit.oauth2.server import ISSUER, KEY, Clock


@pytest.fixture
def rings(tmp_path: Path) -> Iterator[tuple[KeyRing, KeyRing]]:
    """The key rings of two processes, on an empty store."""
    store = SQLStore(f"sqlite:///{tmp_path}/store.sqlite3")
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
