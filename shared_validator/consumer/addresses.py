"""The URLs to which a secret may be sent."""

from __future__ import annotations

from urllib.parse import urlsplit

from shared_validator.settings import is_loopback


def url_problem(url: str) -> str | None:
    """Return why ``url`` must not be used, or ``None`` if it may.

    It must be absolute, and https unless it is a loopback address (RFC 9700 §2.6).
    """
    try:
        parts = urlsplit(url)
        host = parts.hostname
        parts.port  # noqa: B018 - a port that is not a number raises here
    except ValueError:
        return "is not a URL"
    if not url.isascii() or not url.isprintable() or " " in url:
        return "holds characters that a URL does not"
    if parts.scheme not in ("https", "http") or not host:
        return "is not an absolute https URL"
    if parts.username is not None or parts.fragment:
        return "has a user or a fragment"
    if parts.scheme == "http" and not is_loopback(host):
        return "must be https: only a loopback address may use http"
    return None
