"""Routes that are the same in every provider or consumer, and the rules for all of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from shared_validator import events
from shared_validator.edge.caching import revalidated
from shared_validator.edge.cors import exposed, preflight
from shared_validator.edge.refusals import MethodNotAllowed, ServerError, respond
from shared_validator.edge.sessions import Visitor
from shared_validator.http import HTTPProblem, Request, Response

GET = ("GET", "HEAD")


@dataclass(frozen=True)
class Endpoint:
    """A route that only machines call. It ignores cookies, so it needs no CSRF check.

    Args:
        name: unique among the endpoints, usable as a route name (``oauth2_token``).
        path: its path below the public URL.
        methods: its HTTP methods; ``GET`` implies ``HEAD``.
        handler: answers a request with one of these methods.
        blocking: whether the handler may wait for the store. An event loop calls such a handler on
            a thread.
        cross_origin: whether scripts of any origin may call it.
        inserted: whether the suffix goes *between* the host and the path of the public URL, as
            RFC 8414 §3.1 and RFC 9728 §3.1 require.
    """

    name: str
    path: str
    methods: tuple[str, ...]
    handler: Callable[[Request], Response]
    blocking: bool = True
    cross_origin: bool = False
    inserted: bool = False

    @property
    def all_methods(self) -> tuple[str, ...]:
        """The methods, with ``OPTIONS`` if a preflight is answered."""
        return (*self.methods, "OPTIONS") if self.cross_origin else self.methods

    def answer(self, request: Request) -> Response:
        """Return the response to any request for this route. Errors are JSON."""
        if self.cross_origin and request.method == "OPTIONS":
            return preflight(self.methods)
        response = answer(
            request,
            self.all_methods,
            lambda: revalidated(request, self.handler(request)),
            page=False,
        )
        return exposed(response) if self.cross_origin else response

    def refuse(self, problem: HTTPProblem) -> Response:
        """Return the response to a request that cannot be read."""
        response = respond(problem, page=False)
        return exposed(response) if self.cross_origin else response


@dataclass(frozen=True)
class Page:
    """A route for people. The application checks the CSRF token of a POST before it calls this.

    Args:
        name: unique among the pages, usable as a route name.
        path: its path below the public URL.
        methods: its HTTP methods.
        handler: answers a request with one of these methods.
    """

    name: str
    path: str
    methods: tuple[str, ...]
    handler: Callable[[Request, Visitor], Response]

    def answer(self, request: Request, visitor: Visitor) -> Response:
        """Return the response to any request for this page. Errors are pages."""
        return answer(request, self.methods, lambda: self.handler(request, visitor), page=True)


def answer(
    request: Request, methods: tuple[str, ...], handler: Callable[[], Response], *, page: bool
) -> Response:
    """Return a handler's response, or the response to its failure.

    A method that the route does not have gets 405 with ``Allow`` (RFC 9110 §15.5.6), a malformed
    request 400, and an unavailable store 503 with ``Retry-After`` (§15.6.4). A crash is logged and
    gets a plain 500. A HEAD response has no body (§9.3.2).

    Args:
        request: the request.
        methods: the methods of the route.
        handler: makes the response.
        page: whether errors are pages; otherwise they are JSON.
    """
    if request.method not in methods:
        return respond(MethodNotAllowed(methods), page=page)
    try:
        response = handler()
    except HTTPProblem as problem:
        response = respond(problem, page=page)
    except Exception:
        events.report("request_failed", exc_info=True, reason=f"{request.method} {request.path}")
        response = respond(ServerError(), page=page)
    if request.method == "HEAD":
        return replace(with_length(response), body=b"")
    return response


def with_length(response: Response) -> Response:
    """Return a response with the length of its body (RFC 9110 §8.6)."""
    if response.status in (204, 304) or response.header("Content-Length") is not None:
        return response
    length = ("Content-Length", str(len(response.body)))
    return replace(response, headers=(*response.headers, length))
