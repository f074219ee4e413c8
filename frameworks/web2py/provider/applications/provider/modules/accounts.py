"""web2py's users: their table, their passwords, and how they sign in."""

import secrets
from functools import partial

from applications.provider.modules.oauth import provider, store
from edge import read_request
from gluon.dal import Field
from gluon.tools import Auth
from gluon.validators import CRYPT

from shared_validator import pages, redirect
from shared_validator.accounts.local_path import local_path
from shared_validator.accounts.passwords import hash_password, verify_password
from shared_validator.accounts.sign_in import Refusal, counted
from shared_validator.http import single


def new_user_id():
    return secrets.token_hex(16)


def define_users(db):
    """Return web2py's `auth`, with the field by which clients know a user."""
    auth = Auth(db)
    auth.settings.keep_session_onlogout = False
    hidden = {"readable": False, "writable": False, "default": new_user_id}
    sub = Field("sub", length=32, unique=True, **hidden)
    auth.settings.extra_fields["auth_user"] = [sub]
    auth.define_tables(username=True)
    db.auth_user.password.requires = Argon2()
    return auth


class Argon2:
    """Takes the place of web2py's `CRYPT`, which hashes PBKDF2 with 1000 rounds."""

    def __call__(self, value, record_id=None):
        return TypedPassword(value), None


class TypedPassword:
    """Is a hash where it is stored, and equal to the hashes of the same password."""

    def __init__(self, password):
        self.password = password

    def __str__(self):
        return hash_password(self.password)

    def __eq__(self, stored):
        if not stored:
            return False
        if stored.startswith("$argon2"):
            return verify_password(stored, self.password)
        return CRYPT()(self.password)[0] == stored  # of a user from before

    __hash__ = None


def sign_in(visitor):
    """Return the sign-in page, or sign a user in and return where they go.

    web2py's own `auth.login()` counts no failures, so passwords could be guessed.
    """
    asked = read_request()
    if asked.method != "POST":
        return sign_in_form(visitor, single(asked.query, "login_hint") or "")
    username = single(asked.form, "username") or ""
    password = single(asked.form, "password") or ""
    found = partial(user_with, visitor.auth.db, password)
    user = counted(provider.context, username, asked.remote_addr, found)
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


def user_with(db, password, username):
    """Return the user with this name and password."""
    row = db.auth_user(username=username, registration_key="")
    if row is None:
        verify_password(None, password)  # takes as long as a wrong password
        return None
    typed, _error = db.auth_user.password.validate(password)
    return store.user(row.sub) if typed == row.password else None
