"""Requests, responses, routes and sessions for both applications."""

import os
import re
from functools import wraps
from http.cookies import SimpleCookie

from gluon import HTTP, current
from gluon.dal import DAL, InDBMigrator

from shared_validator import HTTPProblem, pages, respond, session_secret
from shared_validator.edge.mount import current_request
from shared_validator.edge.refusals import MethodNotAllowed, ServerError
from shared_validator.edge.sessions import check_csrf, sign, unsign
from shared_validator.store import StoreUnavailable
from shared_validator.store.sql.dal import dal_uri
from shared_validator.store.unavailable import is_unavailable

NO_SESSION = {"web2py_disable_session": True}
SESSION_SECRET = session_secret()


def read_request():
    """Return the request as it arrived: `routes.py` has rewritten web2py's own."""
    return current_request(current.request.env)


def send(response):
    """Return a response to raise. It is sent unchanged, with repeated headers."""
    headers = {}
    for name, value in response.headers:
        headers.setdefault(name, []).append(value)
    return HTTP(response.status, response.body, **headers)


def page(*methods):
    """Let a function answer these methods with a page, after the CSRF check."""
    return _answers(methods, page=True)


def api(*methods):
    """Let a function answer these methods for API clients. It ignores cookies."""
    return _answers(methods, page=False)


def _answers(methods, *, page):
    def decorate(action):
        @wraps(action)
        def answer():
            try:
                _check(read_request(), methods, page)
                return action()
            except HTTPProblem as problem:
                raise send(respond(problem, page=page)) from problem
            except Exception as error:
                if not is_unavailable(error):
                    raise
                raise send(respond(StoreUnavailable(), page=page)) from error

        return answer

    return decorate


def _check(request, methods, page):
    if request.method not in methods:
        raise MethodNotAllowed(methods)
    if page:
        try:
            check_csrf(request, current.session)
        except HTTPProblem:
            # Another site's form comes without the cookie: do not send a new one.
            current.session.forget()
            raise


def missing():
    """Return the page for an unknown address or a crash."""
    if current.request.env.web2py_status_code:
        return send(respond(ServerError(), page=True))
    detail = "There is no page at this address."
    return send(pages.render("error.html", 404, title="Not Found", detail=detail))


def routes(application, table):
    """Return `routes_in` for a table of paths. Any other path is not found.

    web2py compares `address:scheme://host:method path` with each pattern. Our patterns
    match the whole string, so that one path cannot pass for another.
    """
    before = r"^[^/]*:https?://[^:/]+:\w+"
    return [
        *(
            (
                rf"{before} {re.escape(path)}\Z$",
                f"/{application}/{function}",
                {} if function.startswith("default/") else NO_SESSION,
            )
            for path, function in table.items()
        ),
        ("^.*$", f"/{application}/errors/index", NO_SESSION),
    ]


def open_database():
    """Return the database that `DATABASE_URL` names, for this request."""
    try:
        return DAL(
            dal_uri(os.environ["DATABASE_URL"]),
            pool_size=8,
            decode_credentials=True,
            attempts=1,
            # manage.py creates the tables, so that requests need no right to do so.
            # web2py records them in the database too, for all machines.
            migrate_enabled=bool(current.request.is_shell),
            table_hash=current.request.application,
            adapter_args={"migrator": InDBMigrator, "logfile": None},
        )
    except RuntimeError as error:
        page = current.request.controller != "api"
        raise send(respond(StoreUnavailable(), page=page)) from error


def open_session(db, name, settings):
    """Read the session from the database. `name` is its cookie's."""
    request, response = current.request, current.response
    web2pys_name = f"session_id_{request.application}"
    cookie = request.cookies.get(name)
    request.cookies[web2pys_name] = unsign(
        cookie.value if cookie else "", SESSION_SECRET
    )
    # A pickle can name any class: allow only those that a session holds.
    known = {"gluon.globals": "Session", "gluon.storage": "Storage"}
    current.session.connect(
        request, response, db=db, safe_unpickle=True, pickle_allowed_classes=known
    )
    response.session_id_name = name
    response.cookies = Cookies(name, settings)


class Cookies(SimpleCookie):
    """The cookies of a response: the session's is signed, and all have our path.

    web2py stores the session's cookie in the database, and gives it the path `/`.
    """

    def __init__(self, name, settings):
        super().__init__()
        self._name = name
        self._settings = settings

    def __setitem__(self, name, value):
        signed = name == self._name and isinstance(value, str)
        super().__setitem__(name, sign(value, SESSION_SECRET) if signed else value)

    def values(self):
        for cookie in super().values():
            cookie["path"] = self._settings.base_path or "/"
            cookie["secure"] = self._settings.is_secure
        return super().values()
