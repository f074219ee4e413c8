"""The pages of the authorization server."""

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth import views as auth_views
from django.core.exceptions import NON_FIELD_ERRORS
from django.views.generic import TemplateView

from authorization.forms import LoginForm
from shared_validator.accounts.local_path import local_path
from shared_validator.django.views import Visitor, to_request


class ConsentView(TemplateView):
    """Show what a flow asks the user. Everything else it raises as a response."""

    flow = None

    def get_context_data(self, **kwargs):
        question = self.flow.ask(to_request(self.request), Visitor(self.request))
        return super().get_context_data(question=question, **kwargs)

    def post(self, request):
        return self.get(request)


class LoginView(auth_views.LoginView):
    """Django's own, with the shared page, a new session, and a telling status."""

    template_name = "login.html"
    form_class = LoginForm
    http_method_names = ("get", "head", "post")  # Django's takes PUT for a form too

    def get_initial(self):
        return {"username": self.request.GET.get("login_hint", "")}

    def get_redirect_url(self):
        return local_path(self.request.GET.get("next"))

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        form = context["form"]
        errors = form.non_field_errors() or (
            form.errors and [form.error_messages["invalid_login"]]
        )
        return context | {
            "username": form["username"].value() or "",
            "error": errors[0] if errors else None,
        }

    def form_valid(self, form):
        """Begin a new session: `login()` alone keeps what the old one held."""
        logout(self.request)
        return super().form_valid(form)

    def form_invalid(self, form):
        """Show the form again. A 401 would need an HTTP authentication scheme."""
        response = super().form_invalid(form)
        response.status_code = 422
        if form.has_error(NON_FIELD_ERRORS, "limited"):
            response.status_code = 429
            response.headers["Retry-After"] = settings.OAUTH.login_window_seconds
        return response
