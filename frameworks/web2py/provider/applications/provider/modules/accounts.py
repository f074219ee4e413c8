"""web2py's users: their table, and how they sign in."""

import secrets

from applications.provider.modules.oauth import provider, store
from edge import read_request
from gluon import current
from gluon.dal import Field
from gluon.tools import Auth

from shared_validator import pages, redirect
from shared_validator.accounts.local_path import local_path
from shared_validator.accounts.sign_in import Refusal, counted
from shared_validator.http import single


def define_users(db):
    """Return web2py's `auth`, with the field by which clients know a user."""
    # OWASP's number of iterations for PBKDF2; web2py's own is 1000.
    auth = Auth(db, hmac_key="pbkdf2(210000,64,sha512):")
    auth.settings.keep_session_onlogout = False
    sub = Field(
        "sub",
        length=32,
        unique=True,
        default=lambda: secrets.token_hex(16),
        readable=False,
        writable=False,
    )
    auth.settings.extra_fields["auth_user"] = [sub]
    auth.define_tables(username=True)
    return auth


def sign_in(visitor):
    """Return the sign-in page, or sign a user in and return where they go.

    web2py's own `auth.login()` counts no failures, so passwords could be guessed.
    """
    asked = read_request()
    if asked.method != "POST":
        return sign_in_form(visitor, single(asked.query, "login_hint") or "")
    username, password = (
        single(asked.form, name) or "" for name in ("username", "password")
    )
    user = counted(
        provider.context,
        username,
        asked.remote_addr,
        lambda name: user_with(visitor.auth.db, name, password),
    )
    if user is Refusal.WRONG:
        error = "The user name or the password is wrong."
        return sign_in_form(visitor, username, error, 422)
    if user is Refusal.LIMITED:
        error = "Too many tries. Wait a while, then try again."
        return sign_in_form(visitor, username, error, 429)
    visitor.log_in(user)
    account = provider.context.path("/account")
    return redirect(local_path(single(asked.query, "next")) or account, 303)


def sign_in_form(visitor, username, error=None, status=200):
    csrf_input = pages.csrf_input(visitor.csrf_token)
    shown = {"username": username, "error": error, "csrf_input": csrf_input}
    return pages.render("login.html", status, **shown)


def user_with(db, username, password):
    """Return the user with this name and password. An unknown name takes as long."""
    row = db.auth_user(username=username, registration_key="")
    typed, _error = db.auth_user.password.validate(password)
    known = (
        row.password if row else current.cache.ram("nobody", lambda: nobodys(db), None)
    )
    return store.user(row.sub) if typed == known and row else None


def nobodys(db):
    """Return the hash of a password that nobody knows."""
    return str(db.auth_user.password.validate(secrets.token_urlsafe())[0])
