"""Passwords at rest: argon2id, at the speed that argon2-cffi recommends (RFC 9106 §4)."""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Callable
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MAX_PASSWORD = 1024

VerifyPassword = Callable[[str | None, str], bool]
"""Says whether a password is the one that was hashed; the hash is ``None`` where there is no such user."""

_hasher = PasswordHasher()


def _prepared(password: str) -> str | None:
    """Return the form of a password that is hashed (OpaqueString, RFC 8265 §4.2), or ``None`` when it is empty, too long or unreadable.

    One password has several spellings in Unicode, and keyboards differ in which one they send.
    """
    # The length comes first: what follows takes time for each character.
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
    """Return what is stored for a password.

    Args:
        password: 1 to 1024 characters, none of them a control character.

    Raises:
        ValueError: it is another one.
    """
    prepared = _prepared(password)
    if prepared is None:
        raise ValueError(
            f"a password has 1 to {MAX_PASSWORD} characters, and no control characters"
        )
    return _hasher.hash(prepared)


def verify_password(password_hash: str | None, password: str) -> bool:
    """Say whether a password is the one that was hashed.

    Args:
        password_hash: what ``hash_password`` returned; ``None`` when there is no such user. That takes as long as a wrong password, so that
            the time does not tell who has an account.
        password: what was typed.
    """
    prepared = _prepared(password)
    if prepared is None:
        return False
    nobodys = _nobodys_hash()
    try:
        return _hasher.verify(password_hash or nobodys, prepared) and password_hash is not None
    except (VerificationError, InvalidHashError):
        return False


def needs_rehash(password_hash: str) -> bool:
    """Say whether a password was hashed with other parameters than today's, or by something else."""
    try:
        return _hasher.check_needs_rehash(password_hash)
    except InvalidHashError:
        return True


@cache
def _nobodys_hash() -> str:
    return _hasher.hash(secrets.token_urlsafe())
