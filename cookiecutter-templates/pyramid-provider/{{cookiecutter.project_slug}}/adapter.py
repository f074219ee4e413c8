"""What `shared_validator` needs in Pyramid: requests, templates, sessions, forms."""

from pyramid.csrf import SessionCSRFStoragePolicy, get_csrf_token
from pyramid.httpexceptions import HTTPBadRequest
from pyramid.response import Response
from pyramid.session import SignedCookieSessionFactory
from pyramid.viewderivers import INGRESS

from shared_validator import http, pages, session_secret
from shared_validator.edge.mount import current_request


def session_factory(settings, cookie_name):
    return SignedCookieSessionFactory(
        session_secret(),
        cookie_name=cookie_name,
        path=settings.base_path or "/",
        secure=settings.is_secure,
        httponly=True,
        samesite="Lax",
        timeout=None,  # the store knows when a session ends
        reissue_time=None,  # viewing a page does not set the cookie
    )


class CSRFPolicy(SessionCSRFStoragePolicy):
    """Only looks up the token: a new session here would sign the user out."""

    def check_csrf_token(self, request, supplied_token):
        has_token = self.key in request.session
        return has_token and super().check_csrf_token(request, supplied_token)


class Unchanged(Response):
    """A response whose `Location` is sent unchanged: WebOb would add the host."""

    def __call__(self, environ, start_response):
        start_response(self.status, self.headerlist)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else self.app_iter


def to_pyramid(response):
    headers = list(response.headers)
    return Unchanged(None, response.status, headers, app_iter=[response.body])


def received(request):
    """Return the request as it arrived: OAuth 1.0a signs its URL and its form."""
    return current_request(request.environ)


def csrf_input(request):
    return pages.csrf_input(get_csrf_token(request))


def form_view(view, info):
    """Refuse content types that our forms never send: WebOb may fail to parse them."""

    def checked(context, request):
        kind = (request.content_type, request.charset)
        if request.method == "POST" and kind != (http.FORM, "UTF-8"):
            raise HTTPBadRequest
        return view(context, request)

    is_exempt = info.exception_only or info.options.get("require_csrf") is False
    return view if is_exempt else checked


def includeme(config):
    config.add_request_method(received, reify=True)
    config.add_request_method(csrf_input, reify=True)
    config.add_response_adapter(to_pyramid, http.Response)
    config.add_view_deriver(form_view, under=INGRESS, over="secured_view")
    config.set_csrf_storage_policy(CSRFPolicy())
    config.set_default_csrf_options(require_csrf=True)
    config.include("pyramid_jinja2")
    config.add_jinja2_renderer(".html")
    config.commit()
    environment = config.get_jinja2_environment(".html")
    pages.install(environment)
    pages.override(environment.loader)
