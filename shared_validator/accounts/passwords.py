"""Stored passwords: argon2id with 64 MiB and three passes (RFC 9106 §4), in one thread each."""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Callable
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from shared_validator.accounts.turns import turns

MAX_PASSWORD = 1024

UNACCEPTABLE = f"a password has 1 to {MAX_PASSWORD} characters, and no control characters"

VerifyPassword = Callable[[str | None, str], bool]
"""Returns whether a password matches a hash; the hash is ``None`` if there is no such user."""

PARALLELISM = 1
"""Threads for one hash. More of them would take cores from other requests."""

_hasher = PasswordHasher(parallelism=PARALLELISM)


def prepared(password: str) -> str | None:
    """Return the form of a password to hash (OpaqueString, RFC 8265 §4.2).

    It is ``None`` for a password that is empty, too long or unreadable. The same password has
    several spellings in Unicode, and keyboards differ in the one that they send.
    """
    # Check the length first: the steps below take time for each character.
    if not 1 <= len(password) <= MAX_PASSWORD:
        return None
    categories = [unicodedata.category(character) for character in password]
    if "Cc" in categories or "Cs" in categories:
        return None
    spaced = (
        " " if category == "Zs" else character
        for character, category in zip(password, categories, strict=True)
    )
    return unicodedata.normalize("NFC", "".join(spaced))


def hash_password(password: str) -> str:
    """Return the hash to store for a password.

    Args:
        password: 1 to 1024 characters, none of them a control character.

    Raises:
        ValueError: the password is not accepted.
        HashingBusy: too many passwords are being hashed right now.
    """
    text = prepared(password)
    if text is None:
        raise ValueError(UNACCEPTABLE)
    with turns.take():
        return _hasher.hash(text)


def verify_password(password_hash: str | None, password: str) -> bool:
    """Return whether a password matches a hash.

    Args:
        password_hash: the result of ``hash_password``, or ``None`` if there is no such user.
            ``None`` takes as long as a wrong password, so that the time does not reveal which users
            exist.
        password: the password as typed.

    Raises:
        HashingBusy: too many passwords are being hashed right now. It was not checked.
    """
    text = prepared(password)
    if text is None:
        return False
    with turns.take():
        nobodys = _nobodys_hash()
        try:
            return _hasher.verify(password_hash or nobodys, text) and password_hash is not None
        except (VerificationError, InvalidHashError):
            return False


def needs_rehash(password_hash: str) -> bool:
    """Return whether a hash has outdated parameters or was made by another algorithm."""
    try:
        return _hasher.check_needs_rehash(password_hash)
    except InvalidHashError:
        return True


@cache
def _nobodys_hash() -> str:
    return _hasher.hash(secrets.token_urlsafe())
