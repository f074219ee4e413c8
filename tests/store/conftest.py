"""The stores that the contract is held against, and processes to share them.

Another store joins the contract by one more name in ``open_store``: a picklable function without parameters that opens an empty store.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from shared_validator.store import Store
from shared_validator.store.sql import SQLStore
from shared_validator.store.sql.schema import metadata
from tests.store import samples
from tests.store.crew import Crew, OpenStore
from tests.store.django import stores


@pytest.fixture(params=["sqlite", "postgresql", "django_sqlite", "django_postgresql"])
def open_store(request: pytest.FixtureRequest) -> OpenStore:
    """Return what opens the store of this test, in this process and in others."""
    return with_people(request.getfixturevalue(f"open_{request.param}"))


def with_people(open_store: OpenStore) -> OpenStore:
    """Save the two people whom the samples are about."""
    with closing(open_store()) as store:
        for user_id in ("user", "another user"):
            store.save_user(samples.user(user_id=user_id))
    return open_store


@pytest.fixture
def store(open_store: OpenStore) -> Iterator[Store]:
    """A store that knows the two people whom the samples are about, and nothing else."""
    with closing(open_store()) as store:
        yield store


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite database whose migrations were run once, to copy."""
    path = tmp_path_factory.mktemp("migrated") / "store.sqlite3"
    SQLStore(f"sqlite:///{path}").close()
    return path


@pytest.fixture
def open_sqlite(migrated_file: Path, tmp_path: Path) -> OpenStore:
    """Return what opens an empty SQLite file."""
    copy = shutil.copy(migrated_file, tmp_path / "store.sqlite3")
    return partial(SQLStore, f"sqlite:///{copy}")


@pytest.fixture(scope="session")
def store_database(new_postgresql_database: Callable[[], str]) -> str:
    """The PostgreSQL database of the store's own tests, with its tables."""
    url = new_postgresql_database()
    SQLStore(url, migrate=True).close()
    return url


@pytest.fixture
def open_postgresql(store_database: str) -> OpenStore:
    """Return what opens an empty PostgreSQL database."""
    with closing(SQLStore(store_database)) as store, store.engine.connect() as connection:
        for table in reversed(metadata.sorted_tables):
            connection.execute(text(f"DELETE FROM {table.name}"))  # noqa: S608 - our own names; faster than TRUNCATE for a few rows
    return partial(SQLStore, store_database)


@pytest.fixture(scope="session")
def migrated_django_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite database of a Django project, to copy."""
    path = tmp_path_factory.mktemp("migrated") / "django.sqlite3"
    stores.migrate(stores.sqlite(path))
    return path


@pytest.fixture
def open_django_sqlite(migrated_django_file: Path, tmp_path: Path) -> OpenStore:
    """Return what opens an empty store in an SQLite file of a Django project."""
    shutil.copy(migrated_django_file, tmp_path / "django.sqlite3")
    return partial(stores.open_store, stores.sqlite(tmp_path / "django.sqlite3"))


@pytest.fixture(scope="session")
def django_database(new_postgresql_database: Callable[[], str]) -> dict[str, Any]:
    """A PostgreSQL database of a Django project, with its tables."""
    database = stores.postgresql(new_postgresql_database())
    stores.migrate(database)
    return database


@pytest.fixture
def open_django_postgresql(django_database: dict[str, Any]) -> OpenStore:
    """Return what opens an empty store in a PostgreSQL database of a Django project."""
    stores.empty(django_database)
    return partial(stores.open_store, django_database)


@pytest.fixture(scope="session")
def crew() -> Iterator[Crew]:
    """Sixteen workers in four processes."""
    with closing(Crew()) as crew:
        yield crew
