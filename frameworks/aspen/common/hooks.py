"""What Pando leaves to the application, as functions for its state chain: a session, a CSRF check, limits, and safe error pages."""

import secrets
from http import HTTPStatus
from io import BytesIO

from itsdangerous import BadData
from pando import Response

from shared_validator import http, pages

LONGEST_BODY = 1024 * 1024
SESSION_SECONDS = 30 * 24 * 60 * 60


def to_pando(response):
    """Return a response that is sent as it stands when it is raised."""
    answer = Response(response.status, response.body)
    for name, value in response.headers:
        answer.headers.add(name.encode(), value.encode())
    return answer


def keep_raw_request(environ):
    """Keep the request as it arrived, for its bytes were signed. Pando decodes the path itself, so it gets the raw one too."""
    try:
        body = environ["wsgi.input"].read(LONGEST_BODY + 1)
    except Exception:  # servers have no common one for a body that is not as long as they were told
        raise Response(400) from None
    raw_request = http.Request.from_wsgi(environ, body)
    environ.update({"PATH_INFO": raw_request.path, "wsgi.input": BytesIO(body)})
    return {"raw_request": raw_request}


def limit_body(raw_request):
    if len(raw_request.body) > LONGEST_BODY:
        raise Response(413)


def read_session(website, raw_request):
    """Return what the signed cookie holds; nothing where it is missing, forged or too old."""
    # `request.headers.cookie` would be empty when another application's cookie is one that `http.cookies` cannot read.
    pairs = (pair.strip().partition("=") for pair in raw_request.headers.get("cookie", "").split(";"))
    cookies = {name: value for name, _, value in pairs}
    try:
        return website.signer.loads(cookies.get(website.session_cookie, ""), max_age=SESSION_SECONDS)
    except BadData:
        return {}


def load_session(website, raw_request):
    return {"session": read_session(website, raw_request)}


def refuse_other_addresses(request, dispatch_result):
    """Refuse `/notes.html`, `/notes;x`, `//notes` and `/notes/`, where Pando would show `/notes` too, or redirect without the query."""
    exact = request.path.decoded == "/" + "/".join(request.path.parts)
    if not exact or dispatch_result.extension or dispatch_result.canonical:
        raise Response(404)


def declared(resource, name, default):
    """Return what the first section of a simplate says; a static file has no sections."""
    return getattr(resource, "page_one", {}).get(name, default)


def allow_methods(request, resource):
    request.allow(*declared(resource, "methods", ("GET", "HEAD")))


def csrf_token(session):
    return session.setdefault("csrf_token", secrets.token_urlsafe())


def check_form(raw_request, session):
    """Refuse a form that does not come from a page of this visitor's."""
    if raw_request.method not in ("GET", "HEAD") and not pages.csrf_valid(raw_request, session.get("csrf_token")):
        raise to_pando(pages.out_of_date())


def show_error(response):
    """Show what Pando refuses, a crash among it, as a page that says no more than it must. Our own answers have a type already."""
    if response.code >= 400 and b"Content-Type" not in response.headers:
        status = HTTPStatus(response.code)
        response.body = pages.render("error.html", title=status.phrase, detail=status.description).body
        response.headers[b"Content-Type"] = b"text/html; charset=utf-8"


def protect_page(response):
    if response.headers.get(b"Content-Type", b"").startswith(b"text/html"):
        for name, value in pages.SECURITY_HEADERS:
            response.headers[name.encode()] = value.encode()


def save_session(website, response, raw_request=None, session=None):
    """Send the session when it has changed. An early refusal has none."""
    if session is not None and session != read_session(website, raw_request):
        cookies = response.headers.cookie
        cookies[website.session_cookie] = website.signer.dumps(session)
        cookies[website.session_cookie].update({"path": "/", "httponly": True, "samesite": "Lax", "secure": website.https})


def answer_head(response, raw_request=None):
    if raw_request and raw_request.method == "HEAD":
        response.body = b""
