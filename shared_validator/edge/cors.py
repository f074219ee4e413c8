"""Cross-origin requests, for the endpoints that scripts in a browser call.

All origins are treated alike: these endpoints use only the credentials in the request, never a
cookie.
"""

from __future__ import annotations

from dataclasses import replace

from shared_validator.http import Response

_ANY_ORIGIN = ("Access-Control-Allow-Origin", "*")
# Public clients send these: DPoP (RFC 9449 §4.1), MCP clients and older script libraries.
_ALLOW_HEADERS = "Authorization, Content-Type, DPoP, MCP-Protocol-Version, X-Requested-With"
_EXPOSE_HEADERS = "WWW-Authenticate, DPoP-Nonce"


def preflight(methods: tuple[str, ...]) -> Response:
    """Return the response to a preflight request (Fetch Standard §3.2.2).

    Args:
        methods: the methods of the endpoint.
    """
    headers = (
        _ANY_ORIGIN,
        ("Access-Control-Allow-Methods", ", ".join(methods)),
        ("Access-Control-Allow-Headers", _ALLOW_HEADERS),
        ("Access-Control-Max-Age", "600"),
    )
    return Response(204, headers)


def exposed(response: Response) -> Response:
    """Return a response that scripts of any origin can read, including errors and challenges."""
    more = (_ANY_ORIGIN, ("Access-Control-Expose-Headers", _EXPOSE_HEADERS))
    return replace(response, headers=(*response.headers, *more))
