"""What CherryPy leaves to applications: sessions in a signed cookie, CSRF, errors."""

import sys
from http import HTTPStatus
from pathlib import Path

import cherrypy
from cherrypy.lib.httputil import HeaderMap
from itsdangerous import BadSignature, URLSafeSerializer
from jinja2 import FileSystemLoader

from shared_validator import HTTPProblem, pages, redirect, respond, session_secret
from shared_validator.edge.mount import current_request
from shared_validator.edge.refusals import ServerError
from shared_validator.edge.sessions import check_csrf, csrf_token

HERE = Path(__file__).parent
CONFIG = str(HERE / "server.conf")
pages.override(FileSystemLoader(HERE / "templates"))  # a file there replaces a page


class ExactPath(cherrypy.dispatch.MethodDispatcher):
    """Dispatches by method, and serves each resource at one path: not at `/login/`."""

    def find_handler(self, path):
        resource, rest = super().find_handler(path)
        return (None if path != "/" and path.endswith("/") else resource), rest


class Application(cherrypy.Application):
    """An application whose handlers read OAuth's parameters from `raw_request()`.

    Args:
        root: the resources.
        settings: the provider's or the consumer's.
        cookie: the name of the session cookie.
    """

    def __init__(self, root, settings, cookie):
        super().__init__(root, None, CONFIG)  # the mount knows the script name
        self.settings = settings
        self.cookie = cookie
        self.signer = URLSafeSerializer(session_secret(), salt=cookie)

    def __call__(self, environ, start_response):
        """Hide from CherryPy what it would log, and what it cannot decode."""
        seen = {name: environ[name] for name in environ if not hidden(name, environ)}
        return super().__call__(seen | {"QUERY_STRING": ""}, start_response)

    def get_serving(self, *connection):
        """Hide the stack traces of errors that occur before the configuration."""
        request, response = super().get_serving(*connection)
        request.show_tracebacks = False
        request.error_page["default"] = error_page
        return request, response


def hidden(name, environ):
    """Return whether to hide a header: CherryPy decodes `=?` as e-mail does."""
    if name in ("HTTP_COOKIE", "HTTP_REFERER"):
        return True
    return name.startswith(("HTTP_", "CONTENT_TYPE")) and "=?" in environ[name]


def closing(application):
    """Answer broken chunks with 413, after which the server closes the connection.

    Otherwise it would read the rest of the body as the next request.
    """

    def call(environ, start_response):
        body = environ["wsgi.input"]

        def start(status, *arguments):
            if not getattr(body, "closed", True):
                status = "413 Content Too Large"
            return start_response(status, *arguments)

        return application(environ, start)

    return call


def serve(application):
    """Serve a WSGI application on the address in `python app.py HOST PORT`."""
    host, port = sys.argv[1:]
    cherrypy.config.update(CONFIG)
    cherrypy.server.bind_addr = (host, int(port))
    cherrypy.tree.graft(closing(application))
    cherrypy.engine.signals.subscribe()
    cherrypy.engine.start()
    cherrypy.engine.block()


def raw_request():
    """Return the request as it arrived: signatures are computed over its bytes."""
    return current_request(cherrypy.request.wsgi_environ)


class Headers(HeaderMap):
    """Headers that may repeat a name, as for the challenges of two schemes."""

    def __init__(self, pairs):
        super().__init__(pairs[::-1])  # the first of a repeated name wins
        self.repeated = [(name, value) for name, value in pairs if self[name] != value]

    def output(self):
        return super().output() + list(self.encode_header_items(self.repeated))


def send(response):
    """Send a response unchanged: `cherrypy.HTTPRedirect` would rewrite the URL."""
    cherrypy.response.status = response.status
    cherrypy.response.headers = Headers(response.headers)
    return response.body


def go_to(path):
    """Send the browser to a page of this application."""
    return send(redirect(cherrypy.url(path, relative="server"), 303))


def page(template, status=200, **context):
    """Send a page with the CSRF token for its forms."""
    csrf_input = pages.csrf_input(csrf_token(cherrypy.request.session))
    return send(pages.render(template, status, csrf_input=csrf_input, **context))


@cherrypy.tools.register("before_request_body")
def signed_session():
    """Keep `cherrypy.request.session` in a cookie that no one else can write."""
    app = cherrypy.request.app
    cookies = raw_request().headers.get("cookie", "").split(";")
    values = dict(cookie.strip().partition("=")[::2] for cookie in cookies)
    try:
        known = app.signer.loads(values.get(app.cookie, ""))
    except BadSignature:
        known = {}
    session = cherrypy.request.session = dict(known)

    def save():
        if session != known:
            cherrypy.response.cookie[app.cookie] = app.signer.dumps(session)
            cookie = cherrypy.response.cookie[app.cookie]
            cookie.update({"httponly": True, "samesite": "Lax"})
            cookie["path"] = app.settings.base_path or "/"
            cookie["secure"] = app.settings.is_secure

    for point in ("before_finalize", "before_error_response"):
        cherrypy.request.hooks.attach(point, save)


def check_first(check):
    """Make the handler run a check: CherryPy logs what a tool raises as a crash."""
    handler = cherrypy.request.handler
    if not isinstance(handler, cherrypy.HTTPError):  # 404, 405
        cherrypy.request.handler = lambda: (check(), handler())[1]


@cherrypy.tools.register("before_handler", priority=90)
def csrf():
    """Refuse a form that does not come from a page of this session."""
    check_first(lambda: check_csrf(raw_request(), cherrypy.request.session))


def answer_problem():
    """Respond to a raised problem: with a page where there is a session, else JSON."""
    error = sys.exc_info()[1]
    if not isinstance(error, HTTPProblem):
        cherrypy.log(traceback=True, severity=40)
        error = ServerError()
    page = cherrypy.request.config["tools.signed_session.on"]
    cherrypy.response.body = send(respond(error, page=page))


def error_page(status, **_details):
    """Show CherryPy's own errors, such as an unknown path, as a page."""
    error = HTTPStatus(int(status[:3]))
    shown = pages.render("error.html", title=error.phrase, detail=error.description)
    cherrypy.response.headers.update(shown.headers)
    return shown.body
