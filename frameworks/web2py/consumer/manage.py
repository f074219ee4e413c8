"""`manage.py migrate` makes the tables."""

from shared_validator.store.sql import SQLStore

SQLStore.from_environ(migrate=True).close()

import wsgi  # noqa: E402 - finds web2py, and the tables of before
from gluon import shell  # noqa: E402

# web2py makes its tables when the models define them.
shell.env("consumer", import_models=True, dir=str(wsgi.APPLICATION), extra_request={"is_shell": True})
