"""The sign-in page: Django's ``LoginView``, with the page that all providers share."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import logout
from django.contrib.auth import views as auth_views
from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import NON_FIELD_ERRORS
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from shared_validator.accounts.local_path import local_path
from shared_validator.django.provider import provider


class LoginForm(AuthenticationForm):
    """Django's form. A wrong name, a wrong password and a disabled user look alike."""

    error_messages = dict.fromkeys(
        ("invalid_login", "inactive"), _("The user name or the password is wrong.")
    )


class LoginView(auth_views.LoginView):
    """Django's view, with a new session for each sign-in, and a meaningful status.

    ``LimitedBackend`` counts the wrong passwords.
    """

    template_name = "login.html"
    form_class = LoginForm
    http_method_names = ("get", "head", "post")  # Django's view accepts PUT for a form too

    def get_initial(self) -> dict[str, Any]:
        """Return the form's initial value: the user that a client expects.

        See ``login_hint`` in OpenID Connect Core §3.1.2.1.
        """
        return {"username": self.request.GET.get("login_hint", "")}

    def get_redirect_url(self, request: HttpRequest | None = None) -> str:
        """Return ``next`` if it is a path of this site.

        Django's own check also accepts absolute URLs of this host.
        """
        return local_path(self.request.GET.get("next")) or ""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Return the context of the shared template: the username and one error."""
        context = super().get_context_data(**kwargs)
        form = context["form"]
        errors = form.non_field_errors() or (form.errors and [form.error_messages["invalid_login"]])
        return context | {
            "username": form["username"].value() or "",
            "error": errors[0] if errors else None,
        }

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        """Start a new session: ``login()`` alone keeps the data of the old one."""
        logout(self.request)
        return super().form_valid(form)

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        """Show the form again, with 422.

        A 401 would have to name an HTTP authentication scheme (RFC 9110 §15.5.2).
        """
        response = super().form_invalid(form)
        response.status_code = 422
        if form.has_error(NON_FIELD_ERRORS, "limited"):
            response.status_code = 429
            window = provider().settings.login_window_seconds
            response.headers["Retry-After"] = str(window)
        return response
