"""What both applications of the tutorial share: how `shared_validator` meets Flask."""

from flask import Flask, Response, request, session

from shared_validator import HTTPProblem, pages, respond, session_secret
from shared_validator.edge.mount import current_request
from shared_validator.edge.sessions import check_csrf, csrf_token


def new_app(name, settings):
    app = Flask(__name__, static_folder=None)
    app.config.update(
        SECRET_KEY=session_secret(),
        SESSION_COOKIE_NAME=f"{name}_session",  # cookies ignore ports
        SESSION_COOKIE_PATH=settings.base_path or "/",
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.is_secure,
    )
    app.before_request(check_form)
    app.register_error_handler(HTTPProblem, problem)
    return app


def raw_request():
    """Return the request as it arrived: redirect URIs are compared byte for byte."""
    return current_request(request.environ)


def send(response):
    return Response(response.body, response.status, list(response.headers))


def is_api():
    return request.path.startswith("/api/")


def check_form():
    """Refuse a form of another site: the browser adds our cookie to that one too."""
    if not is_api():
        check_csrf(raw_request(), session)


def page(template, status=200, **context):
    csrf_input = pages.csrf_input(csrf_token(session))
    return send(pages.render(template, status, csrf_input=csrf_input, **context))


def problem(error):
    return send(respond(error, page=not is_api()))
