"""What CherryPy's own tools leave to an application: the raw request, sessions in a database, the CSRF check."""

import datetime
import json
import re
import secrets
import time

import cherrypy
from cherrypy.lib.sessions import Session

from shared_validator import http, pages
from shared_validator.vault import VaultError, digest


class ExactPath(cherrypy.dispatch.MethodDispatcher):
    """Dispatch by method to the resource of an application. What follows its path names another resource: there is none."""

    def find_handler(self, path):
        resource, _rest = super().find_handler(path)
        return (resource if path == ("" if cherrypy.request.script_name else "/") else None), []


class Request(cherrypy.Application.request_class):
    """A request that shows no stack trace when it fails before its configuration is found, as at a cookie that cannot be read."""

    show_tracebacks = False

    def process_headers(self):
        # CherryPy decodes headers that look like those of a mail (RFC 2047), and trips over some.
        with cherrypy.HTTPError.handle(Exception, 400, "A header of the request cannot be read."):
            super().process_headers()


cherrypy.Application.request_class = Request


@cherrypy.tools.register("before_request_body")
def raw_body():
    """Keep the body as it arrived, for signatures are computed over its bytes, and hand no parameters to handlers."""

    def keep():
        # 413 for broken chunks too: after it alone the server closes the connection, and takes no rest of a body for the next request.
        with cherrypy.HTTPError.handle((OSError, ValueError), 413):
            request.raw_body = request.body.read()

    request = cherrypy.request
    request.raw_body = b""
    request.params.clear()
    request.body.processors.clear()
    request.body.default_proc = keep


def to_request():
    """Return the current request as it arrived, but for the address: `tools.proxy` may have found out a better one."""
    environ = cherrypy.request.wsgi_environ | {"REMOTE_ADDR": cherrypy.request.remote.ip}
    return http.Request.from_wsgi(environ, cherrypy.request.raw_body)


def send(response):
    """Send a response as it stands, and return its body: `cherrypy.HTTPRedirect` would resolve the URL again."""
    headers = cherrypy.response.headers
    headers.pop("Content-Type", None)
    for name, value in reversed(response.headers):
        headers[name] = value
    repeated = [pair for pair in response.headers if headers[pair[0]] != pair[1]]
    # CherryPy keeps one value for each name. Challenges of two schemes belong into two headers, or few clients can tell them apart.
    cherrypy.request.hooks.attach("on_end_resource", lambda: cherrypy.response.header_list.extend(headers.encode_header_items(repeated)))
    cherrypy.response.status = response.status
    return response.body


class StoreSession(Session):
    """A session that rests, sealed, in the store: every process finds it there, and a restart ends nobody's."""

    saved = b"{}"

    def _exists(self):
        return self._load() is not None

    def _load(self):
        sealed = self.store.sealed(self._name(), int(time.time()))
        if sealed is None:
            return None
        try:
            self.saved = self.vault.open("session", sealed)
        except VaultError:  # sealed with an earlier SESSION_SECRET
            return None
        return json.loads(self.saved), datetime.datetime.max  # noqa: DTZ901 - the store returns nothing that has expired

    def _save(self, expiration_time):
        """Save what has changed, and send the cookie with it. What only read must not bring back a session that has ended meanwhile."""
        data = json.dumps(self._data).encode()
        if data != self.saved:
            self.store.save_sealed(self._name(), self.vault.seal("session", data), int(expiration_time.timestamp()))
            self.cookie.set(self.cookie.key, self.id, self.id)
            cherrypy.response.cookie[self.cookie.key] = self.cookie

    def _delete(self):
        self.store.delete_sealed(self._name())
        self.saved = b"{}"

    def _name(self):
        return digest(f"session:{self.id}")


@cherrypy.tools.register("before_request_body", priority=60)
def session_cookie():
    """Hold back the cookie that the sessions tool has set just now, until there is something in the session.

    The form of another site comes without a cookie. A new one in the answer would take the place of the visitor's, and sign them out.
    """
    cherrypy.session.id_observers.clear()  # they would set it again
    cherrypy.session.cookie = cherrypy.response.cookie.pop(cherrypy.request.config["tools.sessions.name"])
    cherrypy.session.cookie["samesite"] = "Lax"  # which the tool does not know


def csrf_token():
    """Return the token that the forms of this session send back."""
    return cherrypy.session.setdefault("csrf_token", secrets.token_urlsafe())


def begin_session(**data):
    """Begin a new session, so that nobody goes on in one that somebody else has prepared (session fixation)."""
    cherrypy.session.clear()  # regenerating gives the session another name, but keeps what is in it
    cherrypy.session.regenerate()
    cherrypy.session.update(data)


def page(template, status=200, **context):
    """Send a page with the CSRF token for its forms."""
    return send(pages.render(template, status, csrf_input=pages.csrf_input(csrf_token()), **context))


class FormOutOfDate(cherrypy.HTTPError):
    """A form came without the token of its session."""

    def set_response(self):
        cherrypy.response.body = send(pages.out_of_date())


@cherrypy.tools.register("before_handler")
def csrf():
    """Refuse a form that does not come from a page of this session."""
    request = cherrypy.request
    if request.method in ("GET", "HEAD") or isinstance(request.handler, cherrypy.HTTPError):
        return
    with cherrypy.HTTPError.handle(http.BadRequest, 400):
        valid = pages.csrf_valid(to_request(), cherrypy.session.get("csrf_token"))
    if not valid:
        raise FormOutOfDate(400)


def without_query(record):
    """Keep codes and tokens, which stand in the query of a URL, out of the access log."""
    record.msg = re.sub(r'\?(\\"|[^\s"])*', "?...", record.msg)
    return True
