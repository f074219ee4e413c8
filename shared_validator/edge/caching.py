"""Revalidation of what everyone may cache: metadata, keys and the stylesheet (RFC 9110 §13.1.2)."""

from __future__ import annotations

import hashlib

from shared_validator.http import Request, Response

_ALSO_IN_304 = ("Cache-Control", "ETag")
"""The headers that a cache updates (RFC 9110 §15.4.5)."""


def revalidated(request: Request, response: Response) -> Response:
    """Return a public response with its ``ETag``, or a 304 if the client has it already.

    Args:
        request: a request by GET or HEAD.
        response: the response to it. It is returned unchanged unless it is a 200 that says
            ``Cache-Control: public``.
    """
    if response.status != 200 or "public" not in (response.header("Cache-Control") or ""):
        return response
    tag = f'"{hashlib.sha256(response.body).hexdigest()[:32]}"'
    headers = (*response.headers, ("ETag", tag))
    if not _matches(request.headers.get("if-none-match", ""), tag):
        return Response(200, headers, response.body)
    return Response(304, tuple(pair for pair in headers if pair[0] in _ALSO_IN_304))


def _matches(condition: str, tag: str) -> bool:
    # The weak comparison (§8.8.3.2): a proxy that compresses may have made the tag weak.
    tags = (part.strip().removeprefix("W/") for part in condition.split(","))
    return condition.strip() == "*" or tag in tags
