"""`manage.py migrate` creates the tables."""

from shared_validator import SQLConsumerStore

SQLConsumerStore.from_environ(migrate=True).close()

import home  # noqa: E402 - finds web2py
import wsgi  # noqa: E402, F401 - needs those tables
from gluon import shell  # noqa: E402

# web2py creates its tables when the models define them.
folder = str(home.HERE / "applications" / "consumer")
shell.env("consumer", import_models=True, dir=folder, extra_request={"is_shell": True})
