"""Error responses, and error pages without internal details."""

import logging

from pyramid.events import NewResponse, subscriber
from pyramid.exceptions import BadCSRFToken, PredicateMismatch, URLDecodeError
from pyramid.httpexceptions import (
    HTTPBadRequest,
    HTTPException,
    HTTPInternalServerError,
    HTTPMethodNotAllowed,
)
from pyramid.predicates import RequestMethodPredicate
from pyramid.view import exception_view_config

from shared_validator import HTTPProblem, pages, respond

log = logging.getLogger(__name__)


@subscriber(NewResponse)
def protect(event):
    """Keep every page out of frames, including error pages."""
    if event.response.content_type == "text/html":
        event.response.charset = "utf-8"
        event.response.headers.update(pages.SECURITY_HEADERS)


@exception_view_config(HTTPProblem)
def problem(error, request):
    """Send the response to a problem: JSON from the API, otherwise a page."""
    return respond(error, page=not request.matched_route.pattern.startswith("/api/"))


@exception_view_config(HTTPException, renderer="error.html")
def error_page(error, request):
    request.response.status_int = error.code
    return {"title": error.title, "detail": error.explanation}


@exception_view_config(PredicateMismatch, renderer="error.html")
def method_not_allowed(error, request):
    """Answer 405 if no view of a route takes the method: Pyramid would answer 404."""
    views = request.registry.introspector.get_category("views")
    found = [view["introspectable"] for view in views]
    name = request.matched_route.name
    here = [view["request_methods"] for view in found if view["route_name"] == name]
    allowed = [RequestMethodPredicate(methods, None).val for methods in here]
    request.response.allow = set().union(*allowed)
    return error_page(HTTPMethodNotAllowed(), request)


@exception_view_config(URLDecodeError, renderer="error.html")
def not_utf8(error, request):
    return error_page(HTTPBadRequest(), request)


@exception_view_config(BadCSRFToken)
def form_out_of_date(request):
    return pages.out_of_date()


@exception_view_config(Exception, renderer="error.html")
def crash(error, request):
    log.error("A view has failed.", exc_info=error)
    return error_page(HTTPInternalServerError(), request)
