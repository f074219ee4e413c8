"""Rules for registering redirect URIs, and for matching a requested one."""

from __future__ import annotations

import re
from collections.abc import Collection
from urllib.parse import SplitResult, urlsplit

from oauthlib.uri_validate import is_absolute_uri

from shared_validator.settings import is_loopback

_LOOPBACK_WITH_PORT = re.compile(r"(http://(?:127\.0\.0\.1|\[::1\]))(?::[0-9]{1,5})?(?=[/?]|$)")


def check_redirect_uri(uri: str, *, public: bool) -> None:
    """Refuse a redirect URI that must not be registered (RFC 9700 §2.1, §4.1; RFC 8252 §7).

    Args:
        uri: the URI to register.
        public: whether the client is public: only an app on a user's device has a private-use
            scheme.

    Raises:
        ValueError: the URI is not accepted; the message has the reason.
    """
    if not uri.isascii() or not uri.isprintable() or " " in uri or "\\" in uri:
        raise ValueError(f"redirect URI {uri!r} has characters that a URI cannot have")
    try:
        parts = urlsplit(uri)
    except ValueError as error:
        raise ValueError(f"redirect URI {uri!r} is not a URI") from error
    if not parts.scheme or "#" in uri or "*" in uri:
        raise ValueError(f"redirect URI {uri!r} is relative, or has a fragment or a wildcard")
    if not is_absolute_uri(uri):
        # No authorization request could name it.
        raise ValueError(f"redirect URI {uri!r} is not an absolute URI (RFC 3986 §4.3)")
    if parts.scheme in ("http", "https"):
        if not _has_possible_port(parts):
            raise ValueError(f"redirect URI {uri!r}: the port is not a number from 1 to 65535")
        if not parts.hostname or parts.username is not None:
            raise ValueError(f"redirect URI {uri!r} has no host, or a user name")
        if parts.scheme == "http" and not is_loopback(parts.hostname):
            raise ValueError(
                f"redirect URI {uri!r} must be https: only a loopback address may use http"
            )
    elif not public or "." not in parts.scheme:
        raise ValueError(
            f"redirect URI {uri!r}: only a public client has a private-use scheme, and it holds a dot (RFC 8252 §7.1)"
        )


def _has_possible_port(parts: SplitResult) -> bool:
    try:
        return (
            parts.port != 0
        )  # raises if the port is not a number, or above 65535 (RFC 3986 §3.2.3, RFC 6335 §6)
    except ValueError:
        return False


def matches(registered: Collection[str], requested: str, *, native: bool) -> bool:
    """Return whether ``requested`` is a registered URI, compared as strings (RFC 9700 §4.1.3).

    The port of a loopback *address* may vary for a native app, because it cannot choose the port
    beforehand (RFC 8252 §7.3, RFC 9700 §2.1). ``localhost`` is a name that may resolve to another
    address (§8.3), so its port is compared.

    Args:
        registered: the redirect URIs of the client.
        requested: the redirect URI of the request.
        native: whether the client is a native app: ``Client.is_native``.
    """
    if not native:
        return requested in registered
    if _LOOPBACK_WITH_PORT.match(requested) and not _has_possible_port(urlsplit(requested)):
        return False
    portless = (
        _LOOPBACK_WITH_PORT.sub(r"\1", requested, count=1)
        if _LOOPBACK_WITH_PORT.match(requested)
        else None
    )
    return any(
        uri == requested
        or (portless is not None and _LOOPBACK_WITH_PORT.sub(r"\1", uri, count=1) == portless)
        for uri in registered
    )
