"""The setup of both applications: the session, the pages and the errors."""

from flask import Flask, Response, render_template, request
from flask_wtf.csrf import CSRFError, CSRFProtect, generate_csrf
from werkzeug.exceptions import HTTPException

from shared_validator import HTTPProblem, pages, respond, session_secret
from shared_validator.edge.mount import current_request

csrf = CSRFProtect()


def new_app(settings, session_cookie):
    app = Flask(__name__, static_folder=None)
    app.config.update(
        SECRET_KEY=session_secret(),
        SESSION_COOKIE_NAME=session_cookie,
        SESSION_COOKIE_PATH=settings.base_path or "/",
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.is_secure,
    )
    # A file in templates/ replaces a shared page.
    app.jinja_loader = pages.override(app.jinja_loader)
    pages.install(app.jinja_env)
    csrf.init_app(app)
    app.register_error_handler(HTTPProblem, problem)
    app.register_error_handler(CSRFError, form_out_of_date)
    app.register_error_handler(HTTPException, error_page)
    return app


def received():
    """Return the request as it arrived: OAuth 1.0a signs its URL and its form."""
    return current_request(request.environ)


class Unchanged(Response):
    """A response whose `Location` is sent unchanged: Werkzeug would encode it again."""

    def get_wsgi_headers(self, environ):
        headers = super().get_wsgi_headers(environ)
        if "Location" in self.headers:
            headers["Location"] = self.headers["Location"]
        return headers


def send(response):
    return Unchanged([response.body], response.status, list(response.headers))


def page(template, status=200, **context):
    """Render a page with the CSRF token for its forms, kept out of frames."""
    csrf_input = pages.csrf_input(generate_csrf())
    shown = render_template(template, csrf_input=csrf_input, **context)
    return shown, status, pages.SECURITY_HEADERS


def problem(error):
    """Send the response to a problem: JSON from the API, a page everywhere else."""
    return send(respond(error, page=request.blueprint != "api"))


def form_out_of_date(error):
    return send(pages.out_of_date())


def error_page(error):
    """Show every other error, including crashes, as a page without internal details."""
    response = error.get_response()
    shown = {"title": error.name, "detail": error.description}
    response.data = render_template("error.html", **shown)
    response.headers.extend(pages.SECURITY_HEADERS)
    return response
