"""The routes that providers and consumers share: the health check and the stylesheet."""

from __future__ import annotations

from shared_validator import pages
from shared_validator.edge.routes import GET, Endpoint
from shared_validator.http import Request, Response, json_response
from shared_validator.store import ConsumerStore


def service_endpoints(store: ConsumerStore) -> tuple[Endpoint, ...]:
    """Return ``/healthz``, which checks that the store can be reached, and ``/static/style.css``.

    Args:
        store: the store of the application.
    """

    def healthz(request: Request) -> Response:
        store.ping()  # an unavailable store is a 503
        return json_response({"status": "ok"})

    return (
        Endpoint("healthz", "/healthz", GET, healthz),
        Endpoint("stylesheet", "/static/style.css", GET, pages.stylesheet, blocking=False),
    )
