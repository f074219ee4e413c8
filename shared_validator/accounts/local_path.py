"""Where to go after signing in, which is always a page of this host."""

from __future__ import annotations

import re
from urllib.parse import unquote

# Printable ASCII without the backslash, which browsers read as a slash (WHATWG URL, "special"
# schemes). A second slash would start a host.
_LOCAL = re.compile(r"/(?!/)[!-\[\]-~]*")


def local_path(target: str | None) -> str | None:
    """Return ``target`` if it is a path on this host, with or without a query, otherwise ``None``.

    This prevents open redirectors (RFC 9700 §4.11.2).

    Args:
        target: the requested path, decoded once like any query parameter.
    """
    if target is None or not _LOCAL.fullmatch(target):
        return None
    # A proxy that decodes the path could turn it into something that the browser did not see.
    path = unquote(target.partition("?")[0].partition("#")[0])
    return None if path.startswith("//") or "\\" in path or not path.isprintable() else target
