"""The vault: what it sealed opens with its keys, for its purpose, unaltered, and in no other case."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_validator.vault import Vault, VaultError, digest, new_key, new_secret

OLD, NEW = b"o" * 32, b"n" * 32


@given(st.binary())
def test_what_was_sealed_opens(value: bytes) -> None:
    """And never rests as it was."""
    vault = Vault([NEW])

    sealed = vault.seal("purpose", value)

    assert value == vault.open("purpose", sealed)
    assert len(value) < 8 or value not in sealed


def test_a_key_can_be_rotated() -> None:
    """The first key seals, all of them open."""
    sealed = Vault([OLD]).seal("purpose", b"secret")

    assert b"secret" == Vault([NEW, OLD]).open("purpose", sealed)
    assert b"secret" == Vault([NEW]).open("purpose", Vault([NEW, OLD]).seal("purpose", b"secret"))


def test_nothing_is_sealed_the_same_way_twice() -> None:
    """RFC 5116 §5.1.1: two values under one nonce give each other away, and let a stranger forge others."""
    vault = Vault([NEW])

    assert 100 == len({vault.seal("purpose", b"secret") for _ in range(100)})


@pytest.mark.parametrize("sealed", [b"", b"short", b"x" * 40])
def test_what_was_not_sealed_does_not_open(sealed: bytes) -> None:
    """A column that was tampered with raises, and says no more than that."""
    with pytest.raises(VaultError):
        Vault([NEW]).open("purpose", sealed)


def test_a_sealed_value_opens_for_no_other_purpose_or_key() -> None:
    """A value cannot be moved from one column to another."""
    sealed = Vault([NEW]).seal("purpose", b"secret")

    for vault, purpose in ((Vault([NEW]), "another"), (Vault([OLD]), "purpose")):
        with pytest.raises(VaultError):
            vault.open(purpose, sealed)


def test_secrets_and_keys_are_random_and_long_enough() -> None:
    """256 bits each (RFC 6749 §10.10 wants no guessing)."""
    assert new_secret() != new_secret()
    assert 43 == len(new_secret())
    assert new_key() != new_key()


def test_any_text_has_a_digest() -> None:
    """What comes from outside may be no text at all."""
    assert 32 == len(digest("\ud800"))
    assert digest("a") != digest("b")
