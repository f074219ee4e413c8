"""An application in Django whose users sign in elsewhere."""

import secrets
from http import HTTPStatus

from django.contrib import auth
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views import View
from django.views.generic import TemplateView

from accounts.consumer import consumer, store
from shared_validator import http, pages


def to_request(request):
    """Return a request as it arrived: its parameters are read once, by the rules of OAuth."""
    return http.Request.from_wsgi(request.environ, request.body)


def exact(response):
    """Return a response that is sent as it stands: Django's redirects refuse some URLs and rewrite others."""
    return HttpResponse(response.body, status=response.status, headers=dict(response.headers))


def current_login(request):
    """Return the login at a provider, or `None`. The session holds only a name for it: the tokens rest encrypted in the store."""
    return consumer.login(request.session["login_id"]) if request.user.is_authenticated else None


class SignedInMixin:
    """Show a page only to who is signed in, here and at the provider."""

    def dispatch(self, request, *args, **kwargs):
        self.login = current_login(request)
        return super().dispatch(request, *args, **kwargs) if self.login else redirect("home")


class HomeView(TemplateView):
    template_name = "consumer_home.html"

    def get_context_data(self, **kwargs):
        return super().get_context_data(providers=consumer.providers, login=current_login(self.request), **kwargs)


class LoginView(View):
    """Send the browser to the provider. The attempt belongs to this browser: nobody else's answer ends it."""

    def post(self, request, provider):
        if provider not in consumer.providers:
            raise Http404
        browser = request.session.setdefault("browser", secrets.token_urlsafe())
        return exact(http.redirect(consumer.start(provider, browser)))


class CallbackView(View):
    """Take what the provider has sent, and begin a new session for the user it names."""

    def get(self, request, provider):
        if provider not in consumer.providers:
            raise Http404
        browser = request.session.get("browser", "")
        login = consumer.finish(provider, to_request(request), browser)
        user = auth.authenticate(request, login=login)
        if user is None:
            consumer.log_out(login.login_id)
            raise PermissionDenied
        request.session.flush()
        auth.login(request, user)
        request.session.update({"browser": browser, "login_id": login.login_id})  # a second tab may still be under way
        return redirect("profile")


class ProfileView(SignedInMixin, TemplateView):
    template_name = "consumer_profile.html"

    def get_context_data(self, **kwargs):
        return super().get_context_data(providers=consumer.providers, login=self.login, claims=self.login.claims, **kwargs)


# feature: notes (begin)
class NotesView(SignedInMixin, View):
    """Read the user's notes through the API, or write one."""

    def get(self, request):
        with consumer.session(self.login.login_id) as api:
            return self.page(api)

    def post(self, request):
        """Write a note: as a form, which OAuth 1.0a signs as it stands (RFC 5849 §3.4.1.3)."""
        text = request.POST.get("text", "")
        with consumer.session(self.login.login_id) as api:
            answer = api.post("/api/notes", data={"text": text})
            if answer.status_code == 400:
                return self.page(api, 400, text=text, error=answer.json()["error_description"])
            answer.raise_for_status()
        return redirect("notes")

    def page(self, api, status=200, **context):
        notes = api.get("/api/notes").raise_for_status().json()["notes"]
        return render(self.request, "consumer_notes.html", {"notes": notes, "text": "", "error": None, **context}, status=status)


# feature: notes (end)
class LogoutView(View):
    """End the session here, and go on to the provider's sign-out page where it has one."""

    def post(self, request):
        login_id = request.session.get("login_id")
        auth.logout(request)
        return exact(http.redirect((login_id and consumer.log_out(login_id)) or "/", 303))


class StylesheetView(View):
    def get(self, request):
        return exact(pages.stylesheet(to_request(request)))


class HealthView(View):
    def get(self, request):
        store.ping()
        return JsonResponse({"status": "ok"})


def csrf_failure(request, reason=""):
    return exact(pages.out_of_date())


def error_page(request, status):
    """Return a page that says no more than it must."""
    about = HTTPStatus(status)
    return render(request, "error.html", {"title": about.phrase, "detail": about.description}, status=status)


def bad_request(request, exception):
    """Django takes a body that is too long for a bad request; RFC 9110 has 413."""
    return error_page(request, 413 if isinstance(exception, RequestDataTooBig) else 400)


def permission_denied(request, exception):
    return error_page(request, 403)


def not_found(request, exception):
    return error_page(request, 404)


def server_error(request):
    return error_page(request, 500)
