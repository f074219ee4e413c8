"""Changes to an account that end the user's sessions."""

from __future__ import annotations

from shared_validator.accounts.passwords import hash_password
from shared_validator.accounts.policy import check_new_password
from shared_validator.store import Store


def set_password(store: Store, user_id: str, password: str, keep: bytes | None = None) -> None:
    """Give a user a new password, and end their sessions in the same transaction.

    Anyone who signed in with the old password is signed out.

    Args:
        store: the store with the user.
        user_id: the user whose password to set.
        password: 8 to 1024 characters, and not easy to guess.
        keep: the hash of the session in which the user changes the password. It continues.

    Raises:
        ValueError: the password is not accepted, or there is no such user.
    """
    user = store.user(user_id, include_disabled=True)
    check_new_password(password, *((user.username, user.name, user.email) if user else ()))
    password_hash = hash_password(password)

    def change() -> None:
        _require(user_id, store.set_password_hash(user_id, password_hash))
        store.end_sessions(user_id, keep)

    store.transact(change)


def disable_user(store: Store, user_id: str) -> None:
    """Block a user: end their sessions, and refuse their sign-ins and everything they allowed.

    Args:
        store: the store with the user.
        user_id: the user.

    Raises:
        ValueError: there is no such user.
    """

    def block() -> None:
        _require(user_id, store.set_disabled(user_id, True))
        store.end_sessions(user_id)

    store.transact(block)


def enable_user(store: Store, user_id: str) -> None:
    """Let a disabled user sign in again. What they allowed before works again too.

    Args:
        store: the store with the user.
        user_id: the user.

    Raises:
        ValueError: there is no such user.
    """
    _require(user_id, store.set_disabled(user_id, False))


def _require(user_id: str, found: bool) -> None:
    if not found:
        raise ValueError(f"there is no user {user_id!r}")
