"""The pages of the provider, for people."""

import secrets
import time

from applications.provider.modules.oauth import provider, to_request, to_web2py

from shared_validator import http, pages
from shared_validator.accounts.local_path import local_path
from shared_validator.accounts.sign_in import Refusal, counted

PAGES = {page.name: page.handler for page in provider.pages}


class Web2pyVisitor:
    """Who is looking at a page, as web2py's `auth` and session know them."""

    user_id = property(lambda self: auth.user and auth.user.sub)
    auth_time = property(lambda self: session.auth_time or 0)
    csrf_token = property(lambda self: session.csrf_token)

    def log_out(self):
        auth.logout_bare()


def page():
    """Show a page that every provider shares: the account, and the questions before signing out."""
    raise to_web2py(PAGES[request.args(0)](to_request(), Web2pyVisitor()))


def login():
    """Sign in a user of web2py's. Its own `auth.login()` counts no failures, and so lets passwords be guessed."""
    asked = to_request()
    if asked.method != "POST":
        raise sign_in_form(http.single(asked.query, "login_hint") or "")
    username, password = (http.single(asked.form, name) or "" for name in ("username", "password"))
    user = counted(provider.context, username, asked.remote_addr, lambda name: user_with(name, password))
    if user is Refusal.WRONG:
        raise sign_in_form(username, "The user name or the password is wrong.", 422)
    if user is Refusal.LIMITED:
        raise sign_in_form(username, "Too many tries. Wait a while, then try again.", 429)
    session.renew(clear_session=True)  # so that nobody goes on in a session that somebody else has prepared (session fixation)
    auth.login_user(user)
    session.auth_time = int(time.time())
    raise to_web2py(http.redirect(local_path(http.single(asked.query, "next")) or "/account", 303))


def sign_in_form(username, error=None, status=200):
    csrf_input = pages.csrf_input(session.csrf_token)
    return to_web2py(pages.render("login.html", status, username=username, error=error, csrf_input=csrf_input))


def user_with(username, password):
    """Return the row of `auth_user` with this name and password; a name that nobody has takes as long as a wrong password."""
    user = db.auth_user(username=username, registration_key="")
    typed, _ = db.auth_user.password.validate(password)
    nobodys = cache.ram("nobody's password", lambda: str(db.auth_user.password.validate(secrets.token_urlsafe())[0]), None)
    return user if typed == (user.password if user else nobodys) else None


def decide(flow):
    """Show what a flow asks the signed-in user, or send what takes its place: sign in first, refused, agreed, denied."""
    step = flow.answer if request.env.request_method == "POST" else flow.question
    outcome = step(to_request(), Web2pyVisitor())
    if isinstance(outcome, http.Response):
        raise to_web2py(outcome)
    response.view = "default/consent.html"
    response.title = "Allow this device?" if outcome.user_code else "Allow this application?"
    return {"question": outcome}


def authorize():
    """Ask whether an OAuth 2 client may act for the user, and send them back with a code or with `access_denied`."""
    return decide(provider.oauth2)


def authorize_oauth1():
    """Ask whether an OAuth 1.0a consumer may act for the user, and send them back with a verifier."""
    return decide(provider.oauth1)


def device():
    """Ask for the code that a device shows, then whether the device may act for the user."""
    return decide(provider.device)
