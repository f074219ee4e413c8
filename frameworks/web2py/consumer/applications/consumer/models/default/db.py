"""web2py's database, in which the sessions rest. Only pages have one, so only they run this model."""

import os

from applications.consumer.modules.oauth import to_web2py
from gluon.dal import DAL, InDBMigrator

from shared_validator import pages
from shared_validator.store.sql.dal import dal_uri

if int(request.env.content_length or 0) > 1024 * 1024:
    raise to_web2py(pages.render("error.html", 413, title="Request Entity Too Large", detail="The request is too long."))

try:
    db = DAL(
        dal_uri(os.environ["DATABASE_URL"]),
        pool_size=8,
        decode_credentials=True,
        attempts=1,
        # Tables are made by manage.py, or whatever request came first would have to be allowed to; and what web2py remembers of them is
        # kept beside them and not in files, which several machines could not share.
        migrate_enabled=bool(request.is_shell),
        table_hash="consumer",
        adapter_args={"migrator": InDBMigrator, "logfile": None},
    )
except RuntimeError as error:
    page = pages.render("error.html", 503, title="Service Unavailable", detail="The database cannot be reached. Try again later.")
    raise to_web2py(page) from error

# web2py names the cookie after the application, but every example of this cookbook has the same name for it.
request.cookies["session_id_consumer"] = request.cookies.get("consumer_session", "")
# Restricted to what is in a session: a pickle may name any class.
session.connect(request, response, db=db, safe_unpickle=True, pickle_allowed_classes={"gluon.globals": "Session"})
response.cookies.pop("session_id_consumer", None)
response.session_id_name = "consumer_session"
