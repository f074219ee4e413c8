"""web2py's database and its users."""

import os
import secrets

from applications.provider.modules.oauth import refusal
from gluon import current
from gluon.dal import DAL, Field, InDBMigrator
from gluon.tools import Auth

from shared_validator.store.sql.dal import dal_uri

if int(request.env.content_length or 0) > 1024 * 1024:
    raise refusal(413, "invalid_request", "Request Entity Too Large", "The request is too long.")

try:
    db = DAL(
        dal_uri(os.environ["DATABASE_URL"]),
        pool_size=8,
        decode_credentials=True,
        attempts=1,
        # Tables are made by manage.py, or whatever request came first would have to be allowed to; and what web2py remembers of them is
        # kept beside them and not in files, which several machines could not share.
        migrate_enabled=bool(request.is_shell),
        table_hash="provider",
        adapter_args={"migrator": InDBMigrator, "logfile": None},
    )
except RuntimeError as error:
    raise refusal(503, "temporarily_unavailable", "Service Unavailable", "The database cannot be reached. Try again later.") from error

if request.controller == "default":
    # web2py names the cookie after the application, but every example of this cookbook has the same name for it.
    request.cookies["session_id_provider"] = request.cookies.get("provider_session", "")
    # Restricted to what is in a session: a pickle may name any class.
    known = {"gluon.globals": "Session", "gluon.storage": "Storage"}
    session.connect(request, response, db=db, safe_unpickle=True, pickle_allowed_classes=known)
    response.cookies.pop("session_id_provider", None)
    response.session_id_name = "provider_session"

# PBKDF2 as often as OWASP advises: web2py's own number of iterations, 1000, is of another age.
auth = Auth(db, hmac_key="pbkdf2(210000,64,sha512):")
auth.settings.keep_session_onlogout = False
# What OpenID Connect calls a user by: never used again, never guessed, and not a count of users as `id` is.
auth.settings.extra_fields["auth_user"] = [
    Field("sub", length=32, unique=True, default=lambda: secrets.token_hex(16), readable=False, writable=False)
]
auth.define_tables(username=True)
db.commit()  # an expired session was deleted: SQLite has one lock for all writers, and the store writes too
current.db = db
