"""What Pando leaves to the application, as functions for its state chain."""

from http import HTTPStatus

from itsdangerous import BadSignature, URLSafeSerializer
from pando import Response

from renderer import Factory
from shared_validator import HTTPProblem, pages, redirect, respond, session_secret
from shared_validator.edge.mount import current_request
from shared_validator.edge.sessions import check_csrf


def prepare(website, settings, cookie):
    """Set up the pages, the session and the checks of a website.

    Args:
        website: the website.
        settings: the provider's or the consumer's.
        cookie: the name of the session cookie.
    """
    website.renderer_factories["jinja2"] = Factory(website.request_processor)
    website.settings = settings
    website.session_cookie = cookie
    website.signer = URLSafeSerializer(session_secret(), salt=cookie)
    chain = website.state_chain
    chain.insert_before("parse_environ_into_request", take_request)
    chain.insert_after("request_available", load_session)
    chain.insert_before("redirect_to_canonical_path", refuse_other_addresses)
    chain.insert_after("resource_available", allow_methods, check_form)
    chain.insert_before("get_response_for_exception", answer_problem)
    chain.remove("delegate_error_to_simplate", "log_result_of_request")
    chain.insert_before(chain.END, show_error, protect_page, save_session, answer_head)


def to_pando(response):
    """Return a response to raise. It is sent unchanged."""
    raised = Response(response.status, response.body)
    for name, value in response.headers:
        raised.headers.add(name.encode(), value.encode())
    return raised


def go_to(path):
    """Return a redirect to a page of this website, to raise."""
    return to_pando(redirect(pages.page_url(path), 303))


def take_request(environ):
    """Take the request as it arrived: OAuth 1.0a signs its bytes.

    Pando decodes `PATH_INFO`. The server already has, so replace it with the raw path.
    """
    raw_request = current_request(environ)
    environ["PATH_INFO"] = raw_request.path.removeprefix(environ["SCRIPT_NAME"])
    return {"raw_request": raw_request}


def load_session(website, raw_request):
    """Read the session from its cookie. A forged cookie is ignored."""
    # `request.headers.cookie` is empty if `http.cookies` cannot parse one of them.
    cookies = raw_request.headers.get("cookie", "").split(";")
    values = dict(cookie.strip().partition("=")[::2] for cookie in cookies)
    try:
        known = website.signer.loads(values.get(website.session_cookie, ""))
    except BadSignature:
        known = {}
    return {"session": dict(known), "known_session": known}


def refuse_other_addresses(request, dispatch_result):
    """Refuse variants of `/notes`: `/notes.html`, `/notes;x`, `//notes`, `/notes/`."""
    exact = request.path.decoded == "/" + "/".join(request.path.parts)
    if not exact or dispatch_result.extension or dispatch_result.canonical:
        raise Response(404)


def declared(resource, name, default=None):
    """Return a variable of a simplate's first section. A static file has none."""
    return getattr(resource, "page_one", {}).get(name, default)


def allow_methods(request, resource):
    request.allow(*declared(resource, "methods", ("GET", "HEAD")))


def check_form(resource, raw_request, session):
    """Refuse a form that does not come from a page of this session."""
    if not declared(resource, "scopes"):  # the API ignores cookies
        check_csrf(raw_request, session)


def answer_problem(exception, resource=None):
    """Respond to a raised problem: with JSON in the API, otherwise with a page."""
    if not isinstance(exception, HTTPProblem):
        return None
    response = respond(exception, page=not declared(resource, "scopes"))
    # The log gets the message, not the whole page.
    logged = {"traceback": str(exception), "exception": None}
    return {"response": to_pando(response), **logged}


def show_error(response):
    """Show Pando's own errors, including crashes, as a page."""
    if response.code >= 400 and b"Content-Type" not in response.headers:
        error = HTTPStatus(response.code)
        shown = pages.render("error.html", title=error.phrase, detail=error.description)
        response.body = shown.body
        response.headers[b"Content-Type"] = b"text/html; charset=utf-8"


def protect_page(response):
    if response.headers.get(b"Content-Type", b"").startswith(b"text/html"):
        for name, value in pages.SECURITY_HEADERS:
            response.headers[name.encode()] = value.encode()


def save_session(website, response, session=None, known_session=None):
    """Send the session if it has changed. Early refusals have no session."""
    if session != known_session:
        cookies, name = response.headers.cookie, website.session_cookie
        cookies[name] = website.signer.dumps(session)
        cookies[name].update({"httponly": True, "samesite": "Lax"})
        cookies[name]["path"] = website.settings.base_path or "/"
        cookies[name]["secure"] = website.settings.is_secure


def answer_head(response, raw_request=None):
    if raw_request and raw_request.method == "HEAD":
        response.body = b""
