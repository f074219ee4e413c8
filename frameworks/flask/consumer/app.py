"""An application in Flask whose users sign in elsewhere."""

from functools import wraps

import httpx2
from flask import (
    Blueprint,
    Flask,
    Response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask_wtf.csrf import CSRFError, CSRFProtect, generate_csrf
from werkzeug.exceptions import HTTPException

from shared_validator import (
    Consumer,
    ConsumerSettings,
    HTTPProblem,
    SQLConsumerStore,
    http,
    pages,
    respond,
    session_secret,
)
from shared_validator.consumer import api_failure
from shared_validator.edge.sessions import ConsumerSession
from shared_validator.edge.wsgi import current_request

settings = ConsumerSettings.from_environ()
consumer = Consumer(settings, SQLConsumerStore.from_environ())

csrf = CSRFProtect()
site = Blueprint("site", __name__)


def create_app():
    app = Flask(__name__, static_folder=None)
    app.config.update(
        SECRET_KEY=session_secret(),
        # Cookies ignore ports: a provider needs another name.
        SESSION_COOKIE_NAME="consumer_session",
        SESSION_COOKIE_PATH=settings.base_path or "/",
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.is_secure,
    )
    app.wsgi_app = consumer.wsgi(app.wsgi_app)  # the stylesheet and the health check
    # A file in templates/ replaces a page.
    app.jinja_loader = pages.override(app.jinja_loader)
    pages.install(app.jinja_env)
    csrf.init_app(app)
    app.register_blueprint(site)
    app.register_error_handler(HTTPProblem, problem)
    app.register_error_handler(httpx2.HTTPError, api_failed)
    app.register_error_handler(CSRFError, form_out_of_date)
    app.register_error_handler(HTTPException, error_page)
    return app


def send(response):
    """Return a response that is sent as it is: Flask's redirects may rewrite the URL."""
    return Response(response.body, response.status, list(response.headers))


def page(template, status=200, **context):
    """Render a page with the CSRF token for its forms, kept out of frames."""
    csrf_input = pages.csrf_input(generate_csrf())
    shown = render_template(template, csrf_input=csrf_input, **context)
    return shown, status, pages.SECURITY_HEADERS


def current_login():
    """Return the login of this visitor, or `None`. The cookie only names it."""
    login_id = ConsumerSession(session).login_id
    return consumer.login(login_id) if login_id else None


def login_required(view):
    @wraps(view)
    def checked():
        login = current_login()
        return view(login) if login else redirect(url_for("site.home"))

    return checked


@site.get("/")
def home():
    return page(
        "consumer_home.html", providers=consumer.providers, login=current_login()
    )


@site.post("/login/<provider>")
def login(provider):
    """Send the browser to the provider. The attempt belongs to this browser alone."""
    return send(
        http.redirect(consumer.start(provider, ConsumerSession(session).browser))
    )


@site.get("/callback/<provider>")
def callback(provider):
    """Take what the provider sent, and begin a new session for the user it names."""
    visit = ConsumerSession(session)
    login = consumer.finish(provider, current_request(request.environ), visit.browser)
    visit.begin(login.login_id)
    return redirect(url_for("site.profile"))


@site.get("/profile")
@login_required
def profile(login):
    shown = {"providers": consumer.providers, "login": login, "claims": login.claims}
    return page("consumer_profile.html", **shown)


# feature: notes (begin)
@site.route("/notes", methods=["GET", "POST"])
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
    return page("consumer_notes.html", status, notes=found, text=text, error=error)


# feature: notes (end)
@site.post("/logout")
def logout():
    """End the session here, and go on to the provider's sign-out page if it has one."""
    login_id = ConsumerSession(session).end()
    elsewhere = consumer.log_out(login_id) if login_id else None
    return send(http.redirect(elsewhere or url_for("site.home"), 303))


def problem(error):
    """Show why a sign-in failed, or what was wrong with a request."""
    return send(respond(error, page=True))


def api_failed(error):
    return problem(api_failure(error))


def form_out_of_date(error):
    return send(pages.out_of_date())


def error_page(error):
    """Show every other error, a crash too, as a page that says no more than it must."""
    response = error.get_response()
    shown = {"title": error.name, "detail": error.description}
    response.data = render_template("error.html", **shown)
    response.headers.extend(pages.SECURITY_HEADERS)
    return response
