"""Cross-origin requests, for the endpoints that an application in a browser calls by script."""

from __future__ import annotations

from dataclasses import replace

from shared_validator.edge.routes import Endpoint
from shared_validator.http import Request, Response

# No origin is more trusted than another: these endpoints act on what the request itself carries, never on a cookie.
_ANY_ORIGIN = (("Access-Control-Allow-Origin", "*"),)
_PREFLIGHT = (
    *_ANY_ORIGIN,
    ("Access-Control-Allow-Headers", "Authorization, Content-Type"),
    ("Access-Control-Max-Age", "600"),
)
_EXPOSED = (*_ANY_ORIGIN, ("Access-Control-Expose-Headers", "WWW-Authenticate"))


def with_cors(endpoint: Endpoint) -> Endpoint:
    """Return the endpoint with preflight requests answered and its answers readable from any origin."""

    def handler(request: Request) -> Response:
        if request.method == "OPTIONS":
            return Response(204, (*_PREFLIGHT, ("Access-Control-Allow-Methods", ", ".join(endpoint.methods))))
        response = endpoint.handler(request)
        return replace(response, headers=(*response.headers, *_EXPOSED))

    return replace(endpoint, methods=(*endpoint.methods, "OPTIONS"), handler=handler)
