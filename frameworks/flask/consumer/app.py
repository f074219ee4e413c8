"""An application in Flask whose users sign in elsewhere."""

import os
import secrets
from functools import wraps

import httpx2
from flask import Flask, Response, abort, render_template, request, session
from flask_wtf.csrf import CSRFError, CSRFProtect, generate_csrf
from werkzeug.exceptions import HTTPException

from shared_validator import http, pages
from shared_validator.consumer import Consumer, ConsumerError, ConsumerSettings, api_failure
from shared_validator.store.sql import SQLStore

settings = ConsumerSettings.from_environ()
store = SQLStore.from_environ()
consumer = Consumer(settings, store)

app = Flask(__name__)
app.config.update(
    SECRET_KEY=os.environ["SESSION_SECRET"],
    SESSION_COOKIE_NAME="consumer_session",  # cookies ignore ports: a provider on this host needs another name
    SESSION_COOKIE_SAMESITE="Lax",
    SESSION_COOKIE_SECURE=settings.url.startswith("https:"),
    MAX_CONTENT_LENGTH=1024 * 1024,
)
app.jinja_loader = pages.override(app.jinja_loader)  # a file in templates/ takes the place of a shared page
pages.install(app.jinja_env)
CSRFProtect(app)


def to_request():
    return http.Request.from_wsgi(request.environ, b"")


def to_flask(response):
    """Return a response that is sent as it stands: a redirect helper might rewrite the URL."""
    return Response(response.body, response.status, list(response.headers))


def page(template, status=200, **context):
    """Render a page with the CSRF token for its forms, and with the headers that keep it out of frames."""
    csrf_input = pages.csrf_input(generate_csrf())
    return render_template(template, csrf_input=csrf_input, **context), status, pages.SECURITY_HEADERS


def current_login():
    """Return who is signed in, or `None`. The cookie holds only a name: the tokens rest encrypted in the store."""
    return consumer.login(session["login_id"]) if "login_id" in session else None


def login_required(view):
    @wraps(view)
    def checked():
        login = current_login()
        return view(login) if login else to_flask(http.redirect("/"))

    return checked


@app.get("/")
def home():
    return page("consumer_home.html", providers=consumer.providers, login=current_login())


@app.post("/login/<provider>")
def login(provider):
    """Send the browser to the provider. The attempt belongs to this browser: nobody else's answer ends it."""
    if provider not in consumer.providers:
        abort(404)
    browser = session.setdefault("browser", secrets.token_urlsafe())
    return to_flask(http.redirect(consumer.start(provider, browser)))


@app.get("/callback/<provider>")
def callback(provider):
    """Take what the provider has sent, and begin a new session for the user it names."""
    if provider not in consumer.providers:
        abort(404)
    browser = session.get("browser", "")
    login = consumer.finish(provider, to_request(), browser)
    session.clear()
    session.update(browser=browser, login_id=login.login_id)  # a second tab may still be under way
    return to_flask(http.redirect("/profile"))


@app.get("/profile")
@login_required
def profile(login):
    return page("consumer_profile.html", providers=consumer.providers, login=login, claims=login.claims)


# feature: notes (begin)
@app.route("/notes", methods=["GET", "POST"])
@login_required
def notes(login):
    """Read the user's notes through the API, or write one: as a form, which OAuth 1.0a signs as it stands (RFC 5849 §3.4.1.3)."""
    status, error = 200, None
    with consumer.session(login.login_id) as api:
        if request.method == "POST":
            answer = api.post("/api/notes", data={"text": request.form.get("text", "")})
            if answer.is_success:
                return to_flask(http.redirect("/notes", 303))
            if answer.status_code != 400:
                answer.raise_for_status()
            status, error = 400, answer.json()["error_description"]
        answer = api.get("/api/notes").raise_for_status()
    return page("consumer_notes.html", status, notes=answer.json()["notes"], text=request.form.get("text", ""), error=error)


# feature: notes (end)
@app.post("/logout")
def logout():
    """End the session here, and go on to the provider's sign-out page where it has one."""
    login_id = session.get("login_id")
    session.clear()
    return to_flask(http.redirect((login_id and consumer.log_out(login_id)) or "/", 303))


@app.get("/static/style.css")
def stylesheet():
    return to_flask(pages.stylesheet(to_request()))


@app.get("/healthz")
def healthz():
    store.ping()
    return {"status": "ok"}


@app.errorhandler(ConsumerError)
def sign_in_failed(error):
    status = 400 if request.endpoint == "callback" else 502
    return page("consumer_error.html", status, title="The sign-in has failed", detail=str(error))


@app.errorhandler(httpx2.HTTPError)
def api_failed(error):
    return page("consumer_error.html", 502, title="Your data cannot be reached", detail=str(api_failure(error)))


@app.errorhandler(CSRFError)
def form_out_of_date(error):
    return to_flask(pages.out_of_date())


@app.errorhandler(HTTPException)
def error_page(error):
    response = error.get_response()
    response.data = render_template("error.html", title=error.name, detail=error.description)
    response.headers.extend(pages.SECURITY_HEADERS)
    return response
