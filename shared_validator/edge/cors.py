"""Cross-origin requests, for the endpoints that an application in a browser calls by script.

No origin is more trusted than another: these endpoints act on what the request itself carries, never
on a cookie.
"""

from __future__ import annotations

from dataclasses import replace

from shared_validator.http import Response

_ANY_ORIGIN = ("Access-Control-Allow-Origin", "*")
_ALLOW_HEADERS = "Authorization, Content-Type"
_EXPOSE_HEADERS = "WWW-Authenticate"


def preflight(methods: tuple[str, ...]) -> Response:
    """Return the response to a preflight request (Fetch Standard §3.2.2).

    Args:
        methods: what the endpoint answers.
    """
    headers = (
        _ANY_ORIGIN,
        ("Access-Control-Allow-Methods", ", ".join(methods)),
        ("Access-Control-Allow-Headers", _ALLOW_HEADERS),
        ("Access-Control-Max-Age", "600"),
    )
    return Response(204, headers)


def exposed(response: Response) -> Response:
    """Return a response that a script of any origin can read, errors and their challenges too."""
    more = (_ANY_ORIGIN, ("Access-Control-Expose-Headers", _EXPOSE_HEADERS))
    return replace(response, headers=(*response.headers, *more))
