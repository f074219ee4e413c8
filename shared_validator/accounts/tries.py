"""Limits on guessing and on other work that a stranger can cause, counted in the store."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping

from shared_validator.context import Context
from shared_validator.vault import digest


class Limits:
    """Counts what is done, in a window of time, for each of those that it is limited for.

    Args:
        context: has the store and the time.
        kind: what is done, a part of the counters' names.
        window_seconds: after this time, a counter starts again.
        limits: who or what to count for, such as ``address``, in this order, with its value and
            the limit. What a stopped one sends is not counted against the next.
    """

    def __init__(
        self,
        context: Context,
        kind: str,
        window_seconds: int,
        limits: Mapping[str, tuple[str, int]],
    ) -> None:
        self._context = context
        self._window = window_seconds
        self._limits = {
            limited: (f"{kind}:{limited}:{digest(value).hex()}", limit)
            for limited, (value, limit) in limits.items()
        }

    def take(self) -> str | None:
        """Count once, and return what is over its limit, such as ``address``; usually ``None``."""
        store, now = self._context.store, self._context.now()
        for limited, (counter, limit) in self._limits.items():
            if store.count(counter, self._window, now) > limit:
                return limited
        return None

    def give_back(self) -> None:
        """Take back one count, because the guess was right or was never checked."""
        for counter, _limit in self._limits.values():
            self._context.store.uncount(counter)


class Tries(Limits):
    """The tries of one user from one address, in the window of ``OAUTH_LOGIN_WINDOW_SECONDS``.

    Each try is counted before the guess is checked, so that parallel guesses do not exceed the
    limit (NIST SP 800-63B-4 §3.2.2). A right guess takes back only its own try. If it reset a
    counter, an attacker could clear it with a right guess of their own: with their own account, an
    account whose name differs in capitals only, or the code of their own device.

    Args:
        context: the settings, the store and the time.
        kind: what is guessed, a part of the counters' names.
        user: identifies the user, or the username as typed.
        address: the address of the request. Requests without one share a counter: a server on a
            Unix socket has no addresses.
    """

    def __init__(self, context: Context, kind: str, user: str, address: str) -> None:
        settings = context.settings
        limits = {
            "address": (network(address), settings.login_failures_per_address),
            "user": (user, settings.login_failures_per_user),
        }
        super().__init__(context, kind, settings.login_window_seconds, limits)


def network(address: str) -> str:
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
