"""Signing in with a password, with a limit on tries for each username and each address."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from contextlib import suppress
from enum import Enum
from typing import TypeVar

from shared_validator import events
from shared_validator.accounts import MAX_USERNAME, normalised_username
from shared_validator.accounts.passwords import hash_password, needs_rehash
from shared_validator.context import Context
from shared_validator.store import User
from shared_validator.vault import digest

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
        address: the address of the request; not counted if it is empty (unknown).
    """
    return counted(context, username, address, lambda name: _authenticated(context, name, password))


def counted(
    context: Context, username: str, address: str, authenticate: Callable[[str], _Person | None]
) -> _Person | Refusal:
    """Return the user that ``authenticate`` finds, if the username and the address have tries left.

    A framework with its own users wraps its own check in this function.

    Each try is counted before the password is checked, so that parallel guesses do not exceed the
    limit (NIST SP 800-63B §5.2.2). A successful try resets the counter of the username. It takes
    only itself off the counter of the address: otherwise an attacker could clear that counter by
    signing in to their own account.

    Args:
        context: the settings, the store and the time.
        username: the username as typed.
        address: the address of the request; not counted if it is empty (unknown).
        authenticate: checks the password for a normalised username. Returns ``None`` if it is wrong
            or there is no such user.
    """
    from_address = f"login:address:{digest(_network(address)).hex()}" if address else None
    if from_address and _over(context, from_address, context.settings.login_failures_per_address):
        events.report("sign_in_limited", reason="too many tries from this address")
        return Refusal.LIMITED
    # Normalising takes time, so cut the name first: no username is longer than this, as a character
    # has at most four parts (Unicode Standard Annex #15).
    username = normalised_username(username[: 4 * MAX_USERNAME])
    counter = f"login:user:{digest(username.casefold()).hex()}"
    if _over(context, counter, context.settings.login_failures_per_user):
        reason = "too many tries for this user"
        events.report("sign_in_limited", user=_known(context, username), reason=reason)
        return Refusal.LIMITED
    person = authenticate(username)
    if person is None:
        events.report("sign_in_failed", user=_known(context, username))
        return Refusal.WRONG
    events.report("signed_in", user=_known(context, username))
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


def _over(context: Context, counter: str, limit: int) -> bool:
    return (
        context.store.count(counter, context.settings.login_window_seconds, context.now()) > limit
    )


def _network(address: str) -> str:
    """Return the network of one subscriber.

    This is an IPv4 address, or the 64-bit network of an IPv6 address (RFC 6177 §2).
    """
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    return str(parsed.ipv4_mapped or ipaddress.ip_network((int(parsed), 64), strict=False))
