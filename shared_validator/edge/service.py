"""The routes that a provider and a consumer serve alike: health and the stylesheet."""

from __future__ import annotations

from shared_validator import pages
from shared_validator.edge.routes import GET, Endpoint
from shared_validator.http import Request, Response, json_response
from shared_validator.store import ConsumerStore


def service_endpoints(store: ConsumerStore) -> tuple[Endpoint, ...]:
    """Return ``/healthz``, which asks the store whether it can be reached, and ``/static/style.css``.

    Args:
        store: the store of the application.
    """

    def healthz(request: Request) -> Response:
        store.ping()  # a store that is away is a 503
        return json_response({"status": "ok"})

    return (
        Endpoint("healthz", "/healthz", GET, healthz),
        Endpoint("stylesheet", "/static/style.css", GET, pages.stylesheet, blocking=False),
    )
