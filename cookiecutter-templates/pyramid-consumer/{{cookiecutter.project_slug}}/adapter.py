"""Requests and responses as they travel: neither is rewritten on its way to `shared_validator` and back."""

from pyramid.httpexceptions import HTTPBadRequest, HTTPRequestEntityTooLarge
from pyramid.response import Response
from pyramid.viewderivers import INGRESS

from shared_validator import http

LONGEST_BODY = 1024 * 1024


def to_request(request):
    """Return a request as it arrived: `request.url` is quoted anew, and no longer what was signed."""
    return http.Request.from_wsgi(request.environ, request.body)


class AsItStands(Response):
    """A response whose `Location` is sent byte for byte: WebOb would put the `Host` in front of it, which anybody may choose."""

    def __call__(self, environ, start_response):
        start_response(self.status, self.headerlist)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else self.app_iter


def to_pyramid(response):
    return AsItStands(response.body, response.status, list(response.headers))


def bounded_view(view, info):
    """Refuse a body before anything parses it: one that is too long, and one that no form of ours sends."""

    def checked(context, request):
        if (request.content_length or 0) > LONGEST_BODY:
            raise HTTPRequestEntityTooLarge
        if request.method == "POST" and (request.content_type, request.charset) != (http.FORM, "UTF-8"):
            raise HTTPBadRequest
        return view(context, request)

    return view if info.exception_only else checked


def includeme(config):
    """Give each request what arrived as `request.received`, and let views return responses of `shared_validator` as they are."""
    config.add_request_method(to_request, "received", reify=True)
    config.add_response_adapter(to_pyramid, http.Response)
    config.add_view_deriver(bounded_view, under=INGRESS, over="secured_view")
