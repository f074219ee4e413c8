"""What is done for every page."""

import httpx2
from django.conf import settings
from django.http import HttpResponseNotAllowed
from django.shortcuts import render

from accounts.views import error_page
from shared_validator import pages
from shared_validator.consumer import ConsumerError, api_failure


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
            for name, value in pages.SECURITY_HEADERS:
                response.headers.setdefault(name, value)
        return response

    def process_exception(self, request, exception):
        """Show why a sign-in or a call of the provider's API has failed, in words that came from neither."""
        if isinstance(exception, ConsumerError):
            title, detail = "The sign-in has failed", exception
            status = 400 if request.resolver_match.url_name == "callback" else 502
        elif isinstance(exception, httpx2.HTTPError):
            title, detail, status = "Your data cannot be reached", api_failure(exception), 502
        else:
            return None
        return render(request, "consumer_error.html", {"title": title, "detail": str(detail)}, status=status)


class FormMiddleware:
    """Prepare a form for `CsrfViewMiddleware`, before which it stands."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view_func, view_args, view_kwargs):
        """Refuse a body that is too long, and a method that a page does not have, before anybody asks for a token."""
        request.body  # noqa: B018 - raises RequestDataTooBig
        view_class, method = view_func.view_class, request.method.lower()
        if method not in ("get", "head") and not (method in view_class.http_method_names and hasattr(view_class, method)):
            return view_class(**view_func.view_initkwargs).http_method_not_allowed(request)
        if request.method == "POST" and "csrf_token" in request.POST:
            # Django takes the token from a header too; the pages that every framework shares name their field so.
            request.META[settings.CSRF_HEADER_NAME] = request.POST["csrf_token"]
        return None
