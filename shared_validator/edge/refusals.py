"""Responses to problems: JSON for machines (RFC 6749 §5.2), pages for people."""

from __future__ import annotations

from http import HTTPStatus

from shared_validator import events, pages
from shared_validator.http import BadRequest, HTTPProblem, Refused, Response, json_error
from shared_validator.pages import gettext as _
from shared_validator.store.errors import StoreUnavailable


class MethodNotAllowed(HTTPProblem):
    """The route does not support this method (RFC 9110 §15.5.6).

    Args:
        methods: the methods that it supports.
    """

    status = 405
    error = "invalid_request"

    def __init__(self, methods: tuple[str, ...]) -> None:
        super().__init__(_("This address does not answer to this method."))
        self.headers = (("Allow", ", ".join(methods)),)


class ContentTooLarge(HTTPProblem):
    """The body is too long for any of our requests (RFC 9110 §15.5.14)."""

    status = 413
    error = "invalid_request"

    def __init__(self) -> None:
        super().__init__(_("The request is too large."))


class RequestTimeout(HTTPProblem):
    """The client did not send its request in time (RFC 9110 §15.5.9)."""

    status = 408
    error = "invalid_request"

    def __init__(self) -> None:
        super().__init__(_("The request did not arrive in time."))


class ServerError(HTTPProblem):
    """An unexpected failure. The log has the details."""

    def __init__(self) -> None:
        super().__init__(_("Something went wrong. Try again later."))


def respond(problem: HTTPProblem, *, page: bool) -> Response:
    """Return the response to a problem.

    Args:
        problem: the problem that was raised.
        page: whether to respond with a page; otherwise with JSON.
    """
    if isinstance(problem, Refused):
        return problem.response
    if isinstance(problem, StoreUnavailable):
        events.report("store_unavailable", reason=str(problem))
    detail = problem.detail
    if page:
        if isinstance(problem, BadRequest):
            shown = pages.refusal(detail)
        else:
            title = problem.title or HTTPStatus(problem.status).phrase
            shown = pages.render(problem.template, problem.status, title=title, detail=detail)
        return Response(shown.status, (*shown.headers, *problem.headers), shown.body)
    return json_error(problem.error, detail, problem.status, problem.headers)
