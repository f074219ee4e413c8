"""Signing in with a password, with a limit on tries for each username and each address."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from enum import Enum
from typing import TypeVar

from shared_validator import events
from shared_validator.accounts import MAX_USERNAME, normalised_username
from shared_validator.accounts.passwords import hash_password, needs_rehash
from shared_validator.accounts.tries import Tries
from shared_validator.accounts.turns import HashingBusy, turns
from shared_validator.context import Context
from shared_validator.store import User

_Person = TypeVar("_Person")


class Refusal(Enum):
    """The reason for a refused sign-in. No reason reveals whether the user exists."""

    WRONG = "the user name or the password is wrong"
    LIMITED = "too many tries"


def sign_in(context: Context, username: str, password: str, address: str) -> User | Refusal:
    """Return the user with this username and password.

    Args:
        context: the settings, the store and the time.
        username: the username as typed.
        password: the password as typed.
        address: the address of the request; empty if it is unknown.
    """
    return counted(context, username, address, lambda name: _authenticated(context, name, password))


def counted(
    context: Context, username: str, address: str, authenticate: Callable[[str], _Person | None]
) -> _Person | Refusal:
    """Return the user that ``authenticate`` finds, if the username and the address have tries left.

    A framework with its own users wraps its own check in this function.

    Args:
        context: the settings, the store and the time.
        username: the username as typed.
        address: the address of the request; empty if it is unknown.
        authenticate: checks the password for a normalised username. Returns ``None`` if it is wrong
            or there is no such user.

    Raises:
        HashingBusy: too many passwords are being hashed right now. The try is not counted.
    """
    turns.check()  # before the store is written to
    # Normalising takes time, so cut the name first: no username is longer than this, as a character
    # has at most four parts (Unicode Standard Annex #15).
    username = normalised_username(username[: 4 * MAX_USERNAME])
    tries = Tries(context, "login", username.casefold(), address)
    if limited := tries.take():
        reason = f"too many tries for this {limited}"
        events.report("sign_in_limited", user=_known(context, username), reason=reason)
        return Refusal.LIMITED
    try:
        # One turn for the whole check, however a framework or another system hashes passwords.
        with turns.take():
            person = authenticate(username)
    except HashingBusy:
        tries.give_back()
        raise
    if person is None:
        events.report("sign_in_failed", user=_known(context, username))
        return Refusal.WRONG
    events.report("signed_in", user=_known(context, username))
    tries.give_back()
    return person


def _authenticated(context: Context, username: str, password: str) -> User | None:
    user = context.store.user_by_name(username)
    known = user.password_hash if user else None
    if not context.verify_password(known, password) or user is None:
        return None
    if needs_rehash(user.password_hash):
        # Another system may have accepted a password that we would refuse: keep its hash.
        with suppress(ValueError):
            # Replace only the hash that was checked: the password may have changed meanwhile.
            context.store.set_password_hash(
                user.user_id, hash_password(password), instead_of=user.password_hash
            )
    return user


def _known(context: Context, username: str) -> str | None:
    # Never log what was typed: people type their password into the wrong field.
    user = context.store.user_by_name(username, include_disabled=True)
    return user.user_id if user else None
