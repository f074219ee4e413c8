"""Signing in with a password, and how many tries a user name and an address have."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from contextlib import suppress
from enum import Enum
from typing import TypeVar

from shared_validator.accounts import MAX_USERNAME, normalised_username
from shared_validator.accounts.passwords import hash_password, needs_rehash
from shared_validator.context import Context
from shared_validator.store import User
from shared_validator.vault import digest

_Person = TypeVar("_Person")


class Refusal(Enum):
    """Why nobody was signed in. Neither says whether the user exists."""

    WRONG = "the user name or the password is wrong"
    LIMITED = "too many tries"


def sign_in(context: Context, username: str, password: str, address: str) -> User | Refusal:
    """Return the user that a name and a password belong to.

    Args:
        context: the settings, the store and the time.
        username: what was typed.
        password: what was typed.
        address: where the request came from; empty when unknown, and then not counted.
    """
    return counted(context, username, address, lambda name: _authenticated(context, name, password))


def counted(
    context: Context, username: str, address: str, authenticate: Callable[[str], _Person | None]
) -> _Person | Refusal:
    """Return whom ``authenticate`` finds, as long as the user name and the address have tries left.

    A framework with users of its own calls this around its own check.

    A try is counted before the password is looked at, so that parallel guesses do not slip past the limit (NIST SP 800-63B §5.2.2).
    A try that succeeds sets the counter of the user name back to nothing, and takes only itself from that of the address, or an attacker
    with an account of their own could clear it.

    Args:
        context: the settings, the store and the time.
        username: what was typed.
        address: where the request came from; empty when unknown, and then not counted.
        authenticate: given the normalised user name, looks at the password; ``None`` when it is wrong or there is no such user.
    """
    from_address = f"login:address:{digest(_network(address)).hex()}" if address else None
    if from_address and _over(context, from_address, context.settings.login_failures_per_address):
        return Refusal.LIMITED
    # Normalising takes time, and nothing longer is a name: a character has at most four parts (Unicode Standard Annex #15).
    username = normalised_username(username[: 4 * MAX_USERNAME])
    counter = f"login:user:{digest(username.casefold()).hex()}"
    if _over(context, counter, context.settings.login_failures_per_user):
        return Refusal.LIMITED
    person = authenticate(username)
    if person is None:
        return Refusal.WRONG
    context.store.forget_count(counter)
    if from_address:
        context.store.uncount(from_address)
    return person


def _authenticated(context: Context, username: str, password: str) -> User | None:
    user = context.store.user_by_name(username)
    known = user.password_hash if user else None
    if not context.verify_password(known, password) or user is None:
        return None
    if needs_rehash(user.password_hash):
        # Something else may have allowed a password that we would not: it stays as it is.
        with suppress(ValueError):
            # Only in place of the hash that was checked: the password may have changed meanwhile.
            context.store.set_password_hash(
                user.user_id, hash_password(password), instead_of=user.password_hash
            )
    return user


def _over(context: Context, counter: str, limit: int) -> bool:
    return (
        context.store.count(counter, context.settings.login_window_seconds, context.now()) > limit
    )


def _network(address: str) -> str:
    """Return what one subscriber has: an IPv4 address, or the 64-bit network of an IPv6 address (RFC 6177 §2)."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    return str(parsed.ipv4_mapped or ipaddress.ip_network((int(parsed), 64), strict=False))
