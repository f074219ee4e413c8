"""New users, and passwords at rest."""

from __future__ import annotations

from typing import Any

import pytest
from argon2 import PasswordHasher

from shared_validator.accounts import new_user
from shared_validator.accounts.passwords import hash_password, needs_rehash, verify_password
from tests.unit.conftest import HASHER, QUICK


def test_a_user_has_a_random_identifier() -> None:
    """``sub`` is never reused (OpenID Connect Core §2), so it is 128 random bits and not the name."""
    one, two = new_user("alice", "correct horse"), new_user("alice", "correct horse")
    assert one.user_id != two.user_id
    assert 128 == len(bytes.fromhex(one.user_id)) * 8


def test_a_name_is_the_user_name_where_none_is_given() -> None:
    """What pages call a person is never empty, and an address is not needed."""
    user = new_user("alice", "correct horse")
    assert ("alice", "alice", "") == (user.username, user.name, user.email)


def test_a_user_keeps_what_was_given() -> None:
    """Name and address are stored as they came; joiners, which some scripts need, are part of a name."""
    user = new_user("alice", "correct horse", "علی\u200cرضا", "alice@example.com")
    assert ("علی\u200cرضا", "alice@example.com") == (user.name, user.email)


def test_a_user_name_has_one_spelling() -> None:
    """Two ways to type one name are one user (RFC 8265 §3.4, rule for normalization: NFC)."""
    assert "Zo\u00eb" == new_user("Zoe\u0308", "correct horse").username


@pytest.mark.parametrize(
    "given",
    [
        {"username": ""},
        {"username": " alice"},
        {"username": "alice "},
        {"username": "a" * 151},
        {"username": "al\nice"},
        {"username": "al\u202eice"},
        {"username": 7},
        {"password": ""},
        {"password": "p" * 1025},
        {"password": "with\x00nul"},
        {"password": "half a pair \ud800"},
        {"password": None},
        {"name": "n" * 151},
        {"name": "two\nlines"},
        {"email": "alice"},
        {"email": "@example.com"},
        {"email": "alice@"},
        {"email": "al ice@example.com"},
        {"email": "alice\r\nBcc: bob@example.com"},
        {"email": "a" * 250 + "@a.example"},
    ],
)
def test_what_is_not_accepted_for_a_user(given: dict[str, Any]) -> None:
    """Each field has a form, and the error does not repeat the password."""
    with pytest.raises(ValueError, match=r"has|strings|password") as refused:
        new_user(**({"username": "alice", "password": "correct horse"} | given))
    assert "ppp" not in str(refused.value)


def test_a_password_rests_as_an_argon2id_hash() -> None:
    """Mistake 7: what is stored does not show the password, and is salted: the same one is stored differently each time."""
    one, two = hash_password("correct horse"), hash_password("correct horse")
    assert one.startswith("$argon2id$")
    assert one != two
    assert "correct" not in one


def test_only_the_password_itself_is_accepted() -> None:
    """Mistake 8: argon2 compares, in constant time; nothing here uses ``==`` on a secret."""
    stored = hash_password("correct horse")
    assert verify_password(stored, "correct horse")
    assert not verify_password(stored, "correct horse ")
    assert not verify_password(stored, "Correct horse")


@pytest.mark.parametrize(("chosen", "typed"), [("pass\u00e9", "passe\u0301"), ("correct\u00a0horse", "correct horse")])
def test_a_password_is_the_same_however_a_keyboard_spells_it(chosen: str, typed: str) -> None:
    """Composed and decomposed letters, and the kinds of spaces, are one (OpaqueString, RFC 8265 §4.2.2)."""
    assert verify_password(hash_password(chosen), typed)


def test_compatibility_characters_stay_different() -> None:
    """The profile normalises to NFC, not NFKC: that would make passwords weaker (RFC 8265 §4.2.2)."""
    assert not verify_password(hash_password("\u2460"), "1")


@pytest.mark.parametrize("typed", ["", "p" * 1025, "p\x00", "p\ud800", "p" * 1_000_000])
def test_a_password_that_cannot_be_one_costs_nothing(typed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A long input is refused before it is hashed or normalised, so that it burns no time."""
    monkeypatch.setattr("shared_validator.accounts.passwords._hasher", None)
    assert not verify_password("$argon2id$…", typed)


def test_a_password_of_1024_characters_is_accepted() -> None:
    """The limit itself is within the limit."""
    assert verify_password(hash_password("é" * 1024), "é" * 1024)


def test_a_hash_takes_64_mib_three_passes_and_one_thread() -> None:
    """The second recommended option of RFC 9106 §4, but in one thread. (The other tests here use less.)"""
    assert ["", "argon2id", "v=19", "m=65536,t=3,p=1"] == HASHER.hash("correct horse").split("$")[:4]


def test_nobodys_password_is_verified_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """An unknown user costs one verification, as a known one does: the time does not tell who has an account."""
    counted: list[str] = []

    class Counting(PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> Any:
            counted.append(str(hash))
            return super().verify(hash, password)

    monkeypatch.setattr("shared_validator.accounts.passwords._hasher", Counting(**QUICK))
    assert not verify_password(None, "correct horse")
    assert not verify_password(hash_password("another"), "correct horse")
    assert 2 == len(counted)
    assert counted[0].split("$")[1:4] == counted[1].split("$")[1:4]


def test_a_hash_that_is_none_lets_nobody_in() -> None:
    """A record from elsewhere with something else in its place refuses; it does not crash."""
    assert not verify_password("!", "correct horse")


def test_a_hash_with_old_parameters_is_outdated() -> None:
    """Computers become faster, so parameters grow."""
    assert needs_rehash(PasswordHasher(time_cost=1).hash("correct horse"))
    assert not needs_rehash(hash_password("correct horse"))
