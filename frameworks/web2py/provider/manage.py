"""`manage.py migrate` creates the tables.

The other commands are those of `python -m shared_validator`, with web2py's users.
"""

import sys

from shared_validator import SQLStore
from shared_validator.cli import main

SQLStore.from_environ(migrate=True).close()

import home  # noqa: E402 - finds web2py
import wsgi  # noqa: E402, F401 - needs those tables
from applications.provider.modules.notes import define_notes  # noqa: E402
from applications.provider.modules.oauth import store  # noqa: E402
from gluon import shell  # noqa: E402
from sqlalchemy import inspect  # noqa: E402

# web2py creates its tables when the models define them.
folder = str(home.HERE / "applications" / "provider")
is_shell = {"is_shell": True}
db = shell.env("provider", import_models=True, dir=folder, extra_request=is_shell)["db"]
has_notes = inspect(store.engine).has_table("oauth_notes")
notes = define_notes(db, fake_migrate=has_notes)
if not has_notes:
    notes.create_index("ix_oauth_notes_user_id", notes.user_id)
db.commit()

if sys.argv[1:2] != ["migrate"]:
    sys.exit(main(store=store))
