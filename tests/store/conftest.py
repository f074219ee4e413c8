"""The stores that the contract is held against, and processes to share them.

Another store joins the contract by one more name in ``open_store``: a picklable function without parameters that opens an empty store.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from functools import cache, partial
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import make_url, text

from shared_validator.store import Store
from shared_validator.store.sql import SQLStore
from shared_validator.store.sql.schema import metadata
from tests import pgbouncer
from tests.store import samples
from tests.store.crew import Crew, OpenStore
from tests.store.django import stores


@pytest.fixture(params=["sqlite", "postgresql", "pooled", "serializable", "django_sqlite", "django_postgresql", "django_serializable"])
def open_store(request: pytest.FixtureRequest) -> OpenStore:
    """Return what opens the store of this test, in this process and in others."""
    return with_people(request.getfixturevalue(f"open_{request.param}"))


def with_people(open_store: OpenStore) -> OpenStore:
    """Save the people, the clients and the consumer that the samples are about."""
    with closing(open_store()) as store:
        for user_id in ("user", "another user"):
            store.save_user(samples.user(user_id=user_id))
        for client_id in ("client", "another client"):
            store.save_client(samples.client(client_id=client_id))
        store.save_oauth1_consumer(samples.oauth1_consumer(consumer_key="consumer"))
    return open_store


@pytest.fixture
def store(open_store: OpenStore) -> Iterator[Store]:
    """A store that knows the people, clients and the consumer that the samples are about, and nothing else."""
    with closing(open_store()) as store:
        yield store


@pytest.fixture
def open_sqlite(sqlite_url: str) -> OpenStore:
    """Return what opens an empty SQLite file."""
    return partial(SQLStore, sqlite_url)


@pytest.fixture(scope="session")
def store_database(new_postgresql_database: Callable[[], str]) -> str:
    """The PostgreSQL database of the store's own tests, with its tables."""
    url = new_postgresql_database()
    SQLStore(url, migrate=True).close()
    return url


@pytest.fixture
def open_postgresql(store_database: str) -> OpenStore:
    """Return what opens an empty PostgreSQL database."""
    empty(store_database)
    return partial(SQLStore, store_database)


def empty(url: str) -> None:
    """Delete all records of a store's PostgreSQL database."""
    with closing(SQLStore(url)) as store, store.engine.connect() as connection:
        for table in reversed(metadata.sorted_tables):
            connection.execute(text(f"DELETE FROM {table.name}"))  # noqa: S608 - our own names; faster than TRUNCATE for a few rows


@pytest.fixture
def open_pooled(store_database: str, pooled: Callable[[str], str]) -> OpenStore:
    """Return what opens an empty PostgreSQL database through PgBouncer."""
    empty(store_database)
    return partial(SQLStore, pooled(store_database), pooler="transaction")


@pytest.fixture(scope="session")
def pooled() -> Iterator[Callable[[str], str]]:
    """Return the URL of a database through PgBouncer, which gives a connection to each transaction."""
    if pgbouncer.EXECUTABLE is None:
        pytest.skip("there is no pgbouncer")
    with ExitStack() as servers:
        yield cache(lambda url: servers.enter_context(pgbouncer.pooled(url)))


@pytest.fixture(scope="session")
def serializable_database(new_postgresql_database: Callable[[], str]) -> str:
    """A PostgreSQL database with the store's tables whose transactions are all serializable."""
    url = serializable(new_postgresql_database())
    SQLStore(url, migrate=True).close()
    return url


def serializable(url: str) -> str:
    """Make all transactions of a PostgreSQL database serializable, as those of distributed SQL databases are."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"ALTER DATABASE {make_url(url).database} SET default_transaction_isolation = serializable".encode())
    return url


def open_serializable_store(url: str) -> SQLStore:
    """Open a store whose transactions are serializable, whatever it asks for."""
    store = SQLStore(url)
    store._connections._begin = "BEGIN"
    return store


@pytest.fixture
def open_serializable(serializable_database: str) -> OpenStore:
    """Return what opens an empty PostgreSQL database whose transactions are all serializable."""
    empty(serializable_database)
    return partial(open_serializable_store, serializable_database)


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
def serializable_django_database(new_postgresql_database: Callable[[], str]) -> dict[str, Any]:
    """A PostgreSQL database of a Django project whose transactions are all serializable."""
    database = stores.postgresql(serializable(new_postgresql_database()))
    stores.migrate(database)
    return database


@pytest.fixture
def open_django_serializable(serializable_django_database: dict[str, Any]) -> OpenStore:
    """Return what opens an empty store in a PostgreSQL database of a Django project whose transactions are all serializable."""
    stores.empty(serializable_django_database)
    return partial(stores.open_store, serializable_django_database)


@pytest.fixture(scope="session")
def crew() -> Iterator[Crew]:
    """Sixteen workers in four processes."""
    with closing(Crew()) as crew:
        yield crew
