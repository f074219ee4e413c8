"""User accounts: creating them, signing in, and managing what the user has allowed."""

from __future__ import annotations

import secrets
import unicodedata

from shared_validator.accounts.passwords import hash_password
from shared_validator.accounts.policy import check_new_password
from shared_validator.store import User

__all__ = ["MAX_USERNAME", "new_user", "normalised_username"]

MAX_USERNAME = 150


def normalised_username(username: str) -> str:
    """Return a username in the Unicode form in which it is stored and looked up.

    RFC 8265 §3.4 calls this UsernameCasePreserved.
    """
    return unicodedata.normalize("NFC", username)


def new_user(
    username: str, password: str, name: str = "", email: str = "", *, seeded: bool = False
) -> User:
    """Return a new user, not saved yet, with an identifier of 128 random bits.

    Args:
        username: the name to sign in with: 1 to 150 printable characters, no space at either end.
        password: 8 to 1024 characters, and not easy to guess.
        name: the user's name on pages and in claims; defaults to the username.
        email: an address, or an empty string.
        seeded: whether the operator gives the password in a seed, where any will do.

    Raises:
        ValueError: one of them is not accepted; the message does not contain the password.
    """
    if not all(isinstance(given, str) for given in (username, password, name, email)):
        raise ValueError("a user's username, password, name and email must be strings")
    username = normalised_username(username)
    # Non-printable characters include direction marks, which can make one name look like another.
    if (
        not 1 <= len(username) <= MAX_USERNAME
        or not username.isprintable()
        or username != username.strip()
    ):
        raise ValueError(
            f"a user name has 1 to {MAX_USERNAME} printable characters and no space at either end"
        )
    # Names in some scripts need non-printing marks (the joiners of Persian and Hindi); pages
    # isolate them.
    if len(name) > MAX_USERNAME or any(
        unicodedata.category(character) in ("Cc", "Cs") for character in name
    ):
        raise ValueError(
            f"a name has at most {MAX_USERNAME} characters, none of them a control character"
        )
    if email and not _is_address(email):
        raise ValueError(
            "an e-mail address has one part before an @ and one after it, without spaces, in at most 254 characters"
        )
    if not seeded:
        check_new_password(password, username, name, email)
    return User(
        user_id=secrets.token_hex(16),
        username=username,
        password_hash=hash_password(password),
        name=name or username,
        email=email,
    )


def _is_address(email: str) -> bool:
    # Only a delivered message proves that an address is right. This refuses strings that cannot be
    # addresses (RFC 5321 §4.5.3.1.3: 254 characters).
    local, _, domain = email.rpartition("@")
    return bool(local and domain) and len(email) <= 254 and email.isprintable() and " " not in email
