"""{{ cookiecutter.description.removesuffix('.') }}."""

{% if " own " in cookiecutter.__providers %}import httpx2
{% endif %}from django.contrib import auth
from django.core.exceptions import PermissionDenied
{% if " own " in cookiecutter.__providers %}from django.shortcuts import redirect, render, resolve_url
{% else %}from django.shortcuts import redirect, resolve_url
{% endif %}from django.views import View
from django.views.generic import TemplateView

from accounts.consumer import consumer
from shared_validator import http
{% if " own " in cookiecutter.__providers %}from shared_validator.consumer import api_failure
{% endif %}from shared_validator.django.views import ExactResponse, to_request
from shared_validator.edge.sessions import ConsumerSession


def current_login(request):
    """Return the login at a provider, or `None`. The session holds only its ID."""
    visit = ConsumerSession(request.session)
    return consumer.login(visit.login_id) if request.user.is_authenticated else None


class LoginRequiredMixin:
    """Show a page only to visitors who are signed in, here and at the provider."""

    def dispatch(self, request, *args, **kwargs):
        self.login = current_login(request)
        if self.login is None:
            return redirect("accounts:home")
        return super().dispatch(request, *args, **kwargs)


class HomeView(TemplateView):
    template_name = "consumer_home.html"

    def get_context_data(self, **kwargs):
        login = current_login(self.request)
        return super().get_context_data(
            providers=consumer.providers, login=login, **kwargs
        )


class LoginView(View):
    """Send the browser to the provider. Only this browser can complete the sign-in."""

    def post(self, request, provider):
        browser = ConsumerSession(request.session).browser
        return ExactResponse(http.redirect(consumer.start(provider, browser)))


class CallbackView(View):
    """Handle the provider's response, and start a new session for its user."""

    def get(self, request, provider):
        visit = ConsumerSession(request.session)
        login = consumer.finish(provider, to_request(request), visit.browser)
        user = auth.authenticate(request, login=login)
        if user is None:
            consumer.log_out(login.login_id)
            raise PermissionDenied
        visit.begin(login.login_id)
        auth.login(request, user)
        return redirect("accounts:profile")


class ProfileView(LoginRequiredMixin, TemplateView):
    template_name = "consumer_profile.html"

    def get_context_data(self, **kwargs):
        shown = {"providers": consumer.providers, "claims": self.login.claims}
        return super().get_context_data(login=self.login, **shown, **kwargs)


{% if " own " in cookiecutter.__providers %}class NotesView(LoginRequiredMixin, View):
    """Read the user's notes through the provider's API, or write one."""

    def dispatch(self, *args, **kwargs):
        try:
            return super().dispatch(*args, **kwargs)
        except httpx2.HTTPError as error:
            raise api_failure(error) from error

    def get(self, request, status=200, **context):
        with consumer.session(self.login.login_id) as api:
            notes = api.get("/api/notes").raise_for_status().json()["notes"]
        context = {"notes": notes, "text": "", "error": None, **context}
        return render(request, "consumer_notes.html", context, status=status)

    def post(self, request):
        text = request.POST.get("text", "")
        with consumer.session(self.login.login_id) as api:
            answer = api.post("/api/notes", data={"text": text})
        if answer.status_code == 400:
            return self.get(
                request, 400, text=text, error=answer.json()["error_description"]
            )
        answer.raise_for_status()
        return redirect("accounts:notes")


{% endif %}class LogoutView(View):
    """End the session, then go to the provider's sign-out page if it has one."""

    def post(self, request):
        login_id = ConsumerSession(request.session).login_id
        auth.logout(request)
        target = consumer.log_out(login_id) or resolve_url("accounts:home")
        return ExactResponse(http.redirect(target, 303))
