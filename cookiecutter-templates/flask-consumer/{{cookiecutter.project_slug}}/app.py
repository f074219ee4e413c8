"""{{ cookiecutter.description.removesuffix('.') }}."""

from functools import wraps

import httpx2
{% if " own " in cookiecutter.__providers %}from flask import Blueprint, redirect, request, session, url_for
{% else %}from flask import Blueprint, redirect, session, url_for
{% endif %}
import web
from shared_validator import Consumer, ConsumerSettings, SQLConsumerStore, http
from shared_validator.consumer import api_failure
from shared_validator.edge.sessions import ConsumerSession

settings = ConsumerSettings.from_environ()
consumer = Consumer(settings, SQLConsumerStore.from_environ())

site = Blueprint("site", __name__)


def create_app():
    # Cookies ignore ports: a provider on this host needs another name.
    app = web.new_app(settings, "consumer_session")
    app.wsgi_app = consumer.wsgi(app.wsgi_app)  # the stylesheet and the health check
    app.register_blueprint(site)
    return app


def current_login():
    """Return this visitor's login, or `None`. The cookie holds only its ID."""
    return consumer.login(ConsumerSession(session).login_id)


def login_required(view):
    @wraps(view)
    def checked():
        login = current_login()
        return view(login) if login else redirect(url_for("site.home"))

    return checked


@site.get("/")
def home():
    shown = {"providers": consumer.providers, "login": current_login()}
    return web.page("consumer_home.html", **shown)


@site.post("/login/<provider>")
def login(provider):
    """Send the browser to the provider. Only this browser can complete the sign-in."""
    browser = ConsumerSession(session).browser
    return web.send(http.redirect(consumer.start(provider, browser)))


@site.get("/callback/<provider>")
def callback(provider):
    """Handle the provider's response, and start a new session for its user."""
    visit = ConsumerSession(session)
    login = consumer.finish(provider, web.received(), visit.browser)
    visit.begin(login.login_id)
    return redirect(url_for("site.profile"))


@site.get("/profile")
@login_required
def profile(login):
    shown = {"providers": consumer.providers, "login": login, "claims": login.claims}
    return web.page("consumer_profile.html", **shown)


{% if " own " in cookiecutter.__providers %}@site.route("/notes", methods=["GET", "POST"])
@login_required
def notes(login):
    """Read the user's notes through the provider's API, or write one."""
    text, status, error = request.form.get("text", ""), 200, None
    with consumer.session(login.login_id) as api:
        if request.method == "POST":
            answer = api.post("/api/notes", data={"text": text})
            if answer.is_success:
                return redirect(url_for("site.notes"), 303)
            if answer.status_code != 400:
                answer.raise_for_status()
            status, error = 400, answer.json()["error_description"]
        found = api.get("/api/notes").raise_for_status().json()["notes"]
    return web.page("consumer_notes.html", status, notes=found, text=text, error=error)


{% endif %}@site.post("/logout")
def logout():
    """End the session, then go to the provider's sign-out page if it has one."""
    elsewhere = consumer.log_out(ConsumerSession(session).end())
    return web.send(http.redirect(elsewhere or url_for("site.home"), 303))


@site.errorhandler(httpx2.HTTPError)
def api_failed(error):
    """Report that the provider's API is unreachable, or no longer accepts the token."""
    return web.problem(api_failure(error))
