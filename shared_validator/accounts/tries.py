"""A limit on guessing: tries are counted for each user and for each network address."""

from __future__ import annotations

import ipaddress

from shared_validator.context import Context
from shared_validator.vault import digest


class Tries:
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
        self._context = context
        # The address comes first: what a stopped address sends is not counted against a user.
        self._limits = {
            "address": (
                f"{kind}:address:{digest(_network(address)).hex()}",
                settings.login_failures_per_address,
            ),
            "user": (f"{kind}:user:{digest(user).hex()}", settings.login_failures_per_user),
        }

    def take(self) -> str | None:
        """Count a try, and return what has none left, ``address`` or ``user``; usually ``None``."""
        store, now = self._context.store, self._context.now()
        window = self._context.settings.login_window_seconds
        for limited, (counter, limit) in self._limits.items():
            if store.count(counter, window, now) > limit:
                return limited
        return None

    def give_back(self) -> None:
        """Take back one try, because the guess was right or was never checked."""
        for counter, _limit in self._limits.values():
            self._context.store.uncount(counter)


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
