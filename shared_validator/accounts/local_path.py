"""Where to go after signing in: only ever to a page of this host."""

from __future__ import annotations

import re
from urllib.parse import unquote

# Printable ASCII without the backslash, which browsers read as a slash (WHATWG URL, "special" schemes); a second slash would begin a host.
_LOCAL = re.compile(r"/(?!/)[!-\[\]-~]*")


def local_path(target: str | None) -> str | None:
    """Return ``target`` when it is a path on this host, with or without a query; else ``None`` (RFC 9700 §4.11.2, open redirectors).

    Args:
        target: what the request asks for, decoded once, as a query parameter is.
    """
    if target is None or not _LOCAL.fullmatch(target):
        return None
    # Proxies that decode a path would make of it what the browser did not see.
    path = unquote(target.partition("?")[0].partition("#")[0])
    return None if path.startswith("//") or "\\" in path or not path.isprintable() else target
