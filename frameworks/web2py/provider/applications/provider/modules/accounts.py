"""web2py's users: their table and their passwords."""

import secrets

from gluon.dal import Field
from gluon.tools import Auth
from gluon.validators import CRYPT

from shared_validator.accounts.passwords import hash_password, prepared, verify_password
from shared_validator.accounts.policy import check_new_password


def new_user_id():
    return secrets.token_hex(16)


def define_users(db):
    """Return web2py's `auth`, with the field that identifies a user to clients."""
    auth = Auth(db)
    auth.settings.keep_session_onlogout = False
    hidden = {"readable": False, "writable": False, "default": new_user_id}
    sub = Field("sub", length=32, unique=True, **hidden)
    auth.settings.extra_fields["auth_user"] = [sub]
    auth.define_tables(username=True)
    db.auth_user.password.requires = Argon2()
    return auth


class Argon2:
    """Replaces web2py's `CRYPT`, which uses PBKDF2 with 1000 rounds."""

    def __call__(self, value, record_id=None):
        try:
            check_new_password(value)
        except ValueError as error:
            return TypedPassword(value), str(error)
        return TypedPassword(value), None


class TypedPassword:
    """Becomes a hash when it is stored, and equals the hashes of the same password."""

    def __init__(self, password):
        self.password = password

    def __str__(self):
        return hash_password(self.password)

    def __eq__(self, stored):
        return has_password(stored, self.password)

    __hash__ = None


def has_password(stored, password):
    """Return whether a password matches a hash, ours or an older one of web2py's."""
    if not stored or stored.startswith("$argon2"):
        return verify_password(stored, password)
    return any(CRYPT()(text)[0] == stored for text in {password, prepared(password)})
