"""`manage.py migrate` creates the tables; `manage.py seed FILE.json` fills them.

The other commands are those of `python -m shared_validator`, with web2py's users.
"""

import json
import sys
from pathlib import Path

from shared_validator import SQLStore, seed
from shared_validator.accounts import new_user
from shared_validator.cli import main

SQLStore.from_environ(migrate=True).close()

import home  # noqa: E402 - finds web2py
import wsgi  # noqa: E402, F401 - needs those tables
from applications.provider.modules.notes import define_notes  # noqa: E402
from applications.provider.modules.oauth import provider, store  # noqa: E402
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


def load(document):
    """Save clients and consumers in the store, and users in web2py's table."""
    people = document.pop("users", []) if isinstance(document, dict) else []
    seed.load(document, store, provider.context.vault)
    for person in people:
        user = new_user(**person, seeded=True)
        first_name, _, last_name = user.name.partition(" ")
        db.auth_user.update_or_insert(
            db.auth_user.username == user.username,
            username=user.username,
            first_name=first_name,
            last_name=last_name,
            email=user.email,
            password=user.password_hash,
        )
    db.commit()


if sys.argv[1:2] == ["seed"]:
    try:
        load(json.loads(Path(sys.argv[2]).read_text(encoding="utf-8")))
    except (TypeError, ValueError) as error:
        sys.exit(f"{sys.argv[2]}: {error}")
elif sys.argv[1:2] != ["migrate"]:
    sys.exit(main(store=store))
