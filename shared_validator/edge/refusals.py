"""Every problem as a response: JSON for a machine (RFC 6749 §5.2), a page for a person."""

from __future__ import annotations

import logging
from http import HTTPStatus

from shared_validator import pages
from shared_validator.http import BadRequest, HTTPProblem, Refused, Response, json_error
from shared_validator.pages import gettext as _
from shared_validator.store.errors import StoreUnavailable

_log = logging.getLogger("shared_validator.edge")


class MethodNotAllowed(HTTPProblem):
    """The route does not answer to this method (RFC 9110 §15.5.6).

    Args:
        methods: those that it answers to.
    """

    status = 405
    error = "invalid_request"

    def __init__(self, methods: tuple[str, ...]) -> None:
        super().__init__(_("This address does not answer to this method."))
        self.headers = (("Allow", ", ".join(methods)),)


class ContentTooLarge(HTTPProblem):
    """The body is longer than any request of ours (RFC 9110 §15.5.14)."""

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
    """Something failed that nobody foresaw. The log says what."""

    def __init__(self) -> None:
        super().__init__(_("Something went wrong. Try again later."))


def respond(problem: HTTPProblem, *, page: bool) -> Response:
    """Return the response to a problem.

    Args:
        problem: what was raised.
        page: whether a person reads the response.
    """
    if isinstance(problem, Refused):
        return problem.response
    if isinstance(problem, StoreUnavailable):
        _log.error("%s", problem)
    detail = problem.detail
    if page:
        if isinstance(problem, BadRequest):
            shown = pages.refusal(detail)
        else:
            title = problem.title or HTTPStatus(problem.status).phrase
            shown = pages.render(problem.template, problem.status, title=title, detail=detail)
        return Response(shown.status, (*shown.headers, *problem.headers), shown.body)
    return json_error(problem.error, detail, problem.status, problem.headers)
