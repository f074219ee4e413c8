"""What is done for every page."""

from django.conf import settings
from django.http import HttpResponseNotAllowed

from authorization.views import error_page
from shared_validator import pages

ADMIN_POLICY = "default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"


class PageMiddleware:
    """Send each page, error pages included, with the headers that keep it out of frames."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if isinstance(response, HttpResponseNotAllowed):
            allowed = response.headers["Allow"]
            response = error_page(request, 405)
            response.headers["Allow"] = allowed
        if response.headers.get("Content-Type", "").startswith("text/html"):
            if request.path.startswith("/admin/"):
                response.headers.setdefault("Content-Security-Policy", ADMIN_POLICY)  # it has scripts of its own
            for name, value in pages.SECURITY_HEADERS:
                response.headers.setdefault(name, value)
        return response


class FormMiddleware:
    """Prepare a form for `CsrfViewMiddleware`, before which it stands."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view_func, view_args, view_kwargs):
        """Refuse a body that is too long, and a method that a page does not have, before anybody asks for a token."""
        request.body  # noqa: B018 - raises RequestDataTooBig; kept, since a signature is computed over it after the form was parsed
        if getattr(view_func, "csrf_exempt", False):
            return None
        view_class, method = getattr(view_func, "view_class", None), request.method.lower()
        if view_class and method not in ("get", "head") and not (method in view_class.http_method_names and hasattr(view_class, method)):
            return view_class(**view_func.view_initkwargs).http_method_not_allowed(request)
        if request.method == "POST" and "csrf_token" in request.POST:
            # Django takes the token from a header too; the pages that every framework shares name their field so.
            request.META[settings.CSRF_HEADER_NAME] = request.POST["csrf_token"]
        return None
