"""The pages of the authorization server."""

import time
from http import HTTPStatus

from django.conf import settings
from django.contrib.auth import views as auth_views
from django.core.exceptions import NON_FIELD_ERRORS, RequestDataTooBig
from django.shortcuts import render
from django.views import View
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods
from django.views.generic.base import TemplateResponseMixin

from authorization.adapter import ExactResponse, Visitor, to_request
from shared_validator import http, pages
from shared_validator.accounts.local_path import local_path


def machine(endpoint):
    """Return the view of an endpoint that only machines call. It takes no cookie, so nobody's browser can be made to misuse one."""

    @csrf_exempt
    @require_http_methods(endpoint.methods)
    def view(request):
        return ExactResponse(endpoint.handler(to_request(request)))

    return view


class SharedPageView(View):
    """A page that every provider has alike."""

    page = None

    def get(self, request):
        return ExactResponse(self.page.handler(to_request(request), Visitor(request)))

    post = get


class ConsentView(TemplateResponseMixin, View):
    """Show what a flow asks the signed-in user, or send what takes its place: sign in first, refused, agreed, denied."""

    flow = None

    def get(self, request):
        return self.show(self.flow.question(to_request(request), Visitor(request)))

    def post(self, request):
        return self.show(self.flow.answer(to_request(request), Visitor(request)))

    def show(self, outcome):
        if isinstance(outcome, http.Response):
            return ExactResponse(outcome)
        return self.render_to_response({"question": outcome})


class LoginView(auth_views.LoginView):
    """Django's own, with the shared page, a new session, and an answer that tells a script whether it worked."""

    template_name = "login.html"
    http_method_names = ("get", "head", "post", "options")  # Django's also takes PUT for a form

    def get_initial(self):
        return {"username": self.request.GET.get("login_hint", "")}

    def get_redirect_url(self):
        return local_path(self.request.GET.get("next"))

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        form = context["form"]
        error = "The user name or the password is wrong." if form.errors else None
        if form.has_error(NON_FIELD_ERRORS, "limited"):
            error = form.non_field_errors()[0]
        return {**context, "username": form["username"].value() or "", "error": error}

    def form_valid(self, form):
        """Begin a new session: `login()` alone takes along what the old one held."""
        self.request.session.flush()
        super().form_valid(form)
        self.request.session["auth_time"] = int(time.time())
        return ExactResponse(http.redirect(self.get_success_url(), 303))

    def form_invalid(self, form):
        """Show the form again. 422, since 401 would have to name an HTTP authentication scheme (RFC 9110 §15.5.2)."""
        response = super().form_invalid(form)
        response.status_code = 422
        if form.has_error(NON_FIELD_ERRORS, "limited"):
            response.status_code = 429
            response.headers["Retry-After"] = settings.OAUTH.login_window_seconds
        return response


def csrf_failure(request, reason=""):
    return ExactResponse(pages.out_of_date())


def error_page(request, status):
    """Return a page that says no more than it must."""
    about = HTTPStatus(status)
    return render(request, "error.html", {"title": about.phrase, "detail": about.description}, status=status)


def bad_request(request, exception):
    """Tell a machine in JSON what a person reads on a page. Django takes a body that is too long for a bad request; RFC 9110 has 413."""
    status = 413 if isinstance(exception, RequestDataTooBig) else 400
    if request.resolver_match and getattr(request.resolver_match.func, "csrf_exempt", False):
        return ExactResponse(http.invalid_request(HTTPStatus(status).description, status))
    return error_page(request, status)


def permission_denied(request, exception):
    return error_page(request, 403)


def not_found(request, exception):
    return error_page(request, 404)


def server_error(request):
    return error_page(request, 500)
