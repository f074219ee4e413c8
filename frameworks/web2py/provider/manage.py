"""`manage.py migrate` makes the tables, and `manage.py seed FILE.json` loads users, clients and OAuth 1.0a consumers into them."""

import json
import sys
from pathlib import Path

from shared_validator import seed
from shared_validator.accounts import new_user
from shared_validator.store.sql import SQLStore

SQLStore.from_environ(migrate=True).close()

import wsgi  # noqa: E402 - finds web2py, and the tables of before
from gluon import shell  # noqa: E402

# web2py makes its tables when the models define them.
models = shell.env("provider", import_models=True, dir=str(wsgi.APPLICATION), extra_request={"is_shell": True})
db = models["db"]


def load(document):
    """Save clients and consumers where the provider keeps them, and users among web2py's."""
    oauth = sys.modules["applications.provider.modules.oauth"]
    people = document.pop("users", []) if isinstance(document, dict) else []
    seed.load(document, oauth.store, oauth.provider.context.vault)
    for person in people:
        user = new_user(**person)
        first_name, _, last_name = user.name.partition(" ")
        password, error = db.auth_user.password.validate(person["password"])
        if error:
            raise ValueError(f"the password of {user.username}: {error}")
        known = db.auth_user.username == user.username
        db.auth_user.update_or_insert(
            known, username=user.username, first_name=first_name, last_name=last_name, email=user.email, password=str(password)
        )
    db.commit()


if sys.argv[1:2] == ["seed"]:
    try:
        load(json.loads(Path(sys.argv[2]).read_text(encoding="utf-8")))
    except (TypeError, ValueError) as error:
        sys.exit(f"{sys.argv[2]}: {error}")
