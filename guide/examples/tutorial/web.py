"""What both applications of the tutorial share: Flask on one side, HTTP as it travelled on the other."""

import os
import secrets

from flask import Flask, Response, request, session

from shared_validator import http, pages

machines = set()  # the routes that no browser's form calls, and no cookie opens


def new_app(name, url):
    app = Flask(__name__, static_folder=None)
    app.config.update(
        SECRET_KEY=os.environ["SESSION_SECRET"],
        SESSION_COOKIE_NAME=f"{name}_session",  # cookies ignore ports: two applications on one host need two names
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=url.startswith("https:"),
        MAX_CONTENT_LENGTH=1024 * 1024,
    )
    app.before_request(check_form)
    app.register_error_handler(http.BadRequest, bad_request)
    app.add_url_rule("/static/style.css", "stylesheet", lambda: to_flask(pages.stylesheet(to_request())))
    return app


def to_request():
    """Return the current request as it arrived: redirect URIs are compared byte for byte."""
    return http.Request.from_wsgi(request.environ, request.get_data())


def to_flask(response):
    return Response(response.body, response.status, list(response.headers))


def csrf_token():
    return session.setdefault("csrf_token", secrets.token_urlsafe())


def check_form():
    """Refuse a form that did not come from one of our pages: another site can send one too, and the browser adds our cookie to it."""
    checked = request.method == "POST" and request.endpoint not in {None, *machines}
    if checked and not pages.csrf_valid(to_request(), session.get("csrf_token")):
        return to_flask(pages.out_of_date())
    return None


def page(template, status=200, **context):
    return to_flask(pages.render(template, status, csrf_input=pages.csrf_input(csrf_token()), **context))


def bad_request(error):
    return to_flask(http.invalid_request(str(error)) if request.endpoint in machines else pages.refusal(str(error)))
