"""The vault: what it sealed opens with its keys, for its purpose, unaltered, and in no other case."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from shared_validator.vault import RESEAL, UnboundError, Vault, VaultError, digest, new_key, new_secret

OLD, NEW = b"o" * 32, b"n" * 32


@given(st.binary())
def test_what_was_sealed_opens(value: bytes) -> None:
    """And never rests as it was."""
    vault = Vault([NEW])

    sealed = vault.seal("purpose", "row", value)

    assert value == vault.open("purpose", "row", sealed)
    assert len(value) < 8 or value not in sealed


def test_a_key_can_be_rotated() -> None:
    """The first key seals, all of them open."""
    sealed = Vault([OLD]).seal("purpose", "row", b"secret")

    assert b"secret" == Vault([NEW, OLD]).open("purpose", "row", sealed)
    assert b"secret" == Vault([NEW]).open("purpose", "row", Vault([NEW, OLD]).seal("purpose", "row", b"secret"))


def test_nothing_is_sealed_the_same_way_twice() -> None:
    """RFC 5116 §5.1.1: two values under one nonce give each other away, and let a stranger forge others."""
    vault = Vault([NEW])

    assert 100 == len({vault.seal("purpose", "row", b"secret") for _ in range(100)})


@pytest.mark.parametrize("sealed", [b"", b"short", b"x" * 40])
def test_what_was_not_sealed_does_not_open(sealed: bytes) -> None:
    """A column that was tampered with raises, and says no more than that."""
    with pytest.raises(VaultError):
        Vault([NEW]).open("purpose", "row", sealed)


def test_a_sealed_value_opens_for_no_other_purpose_or_key() -> None:
    """A value cannot be moved from one column to another."""
    sealed = Vault([NEW]).seal("purpose", "row", b"secret")

    for vault, purpose in ((Vault([NEW]), "another"), (Vault([OLD]), "purpose")):
        with pytest.raises(VaultError):
            vault.open(purpose, "row", sealed)


def test_secrets_and_keys_are_random_and_long_enough() -> None:
    """256 bits each (RFC 6749 §10.10 wants no guessing)."""
    assert new_secret() != new_secret()
    assert 43 == len(new_secret())
    assert new_key() != new_key()


def test_any_text_has_a_digest() -> None:
    """What comes from outside may be no text at all."""
    assert 32 == len(digest("\ud800"))
    assert digest("a") != digest("b")


@pytest.mark.fault(9)
@pytest.mark.parametrize("row", ["bob", b"bob", "", "alic", "alicee"])
def test_a_sealed_value_opens_in_no_other_row(row: str | bytes) -> None:
    """The row is part of the associated data (RFC 5116 §2.1), so a value cannot be moved to another one."""
    vault = Vault([NEW])
    sealed = vault.seal("purpose", "alice", b"secret")

    with pytest.raises(VaultError):
        vault.open("purpose", row, sealed)
    assert b"secret" == vault.open("purpose", b"alice", sealed)


def of_an_earlier_version(key: bytes, purpose: str, value: bytes) -> bytes:
    """Seal a value as the first version did: bound to its purpose alone."""
    return b"n" * 12 + AESGCM(key).encrypt(b"n" * 12, value, purpose.encode())


@pytest.mark.fault(9)
def test_a_value_of_an_earlier_version_opens_only_once_it_is_sealed_again() -> None:
    """It is bound to no row, so an attacker may have moved it; the operator reseals it once, with any of the keys."""
    vault = Vault([NEW, OLD])
    sealed = of_an_earlier_version(OLD, "purpose", b"secret")

    with pytest.raises(UnboundError, match=RESEAL[:40]):
        vault.open("purpose", "alice", sealed)
    bound = vault.reseal("purpose", "alice", sealed)
    assert b"secret" == Vault([NEW]).open("purpose", "alice", bound)
    assert bound == vault.reseal("purpose", "alice", bound)
    assert bound != Vault([OLD, NEW]).reseal("purpose", "alice", bound)


@pytest.mark.fault(9)
def test_a_bound_value_is_not_resealed_for_another_row() -> None:
    """Nor for another purpose or with another key."""
    sealed = Vault([NEW]).seal("purpose", "alice", b"secret")

    for vault, purpose, row in ((Vault([NEW]), "purpose", "bob"), (Vault([NEW]), "another", "alice"), (Vault([OLD]), "purpose", "alice")):
        with pytest.raises(VaultError):
            vault.reseal(purpose, row, sealed)
