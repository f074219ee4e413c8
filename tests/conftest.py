"""Fixtures that several rooms of the tests share."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest


@pytest.fixture(scope="session")
def new_postgresql_database() -> Iterator[Callable[[], str]]:
    """Return a function that makes an empty PostgreSQL database and returns its URL. A server that does not start fails the tests."""
    from tests.postgresql import databases  # the other tests run without a PostgreSQL driver

    with databases() as new_database:
        yield new_database


@pytest.fixture(scope="session")
def postgresql_url(new_postgresql_database: Callable[[], str]) -> str:
    """The URL of a PostgreSQL database with the store's tables, for whoever needs one for the whole session."""
    from shared_validator.store.sql import SQLStore

    url = new_postgresql_database()
    SQLStore(url, migrate=True).close()
    return url


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name a long value by its argument: it would fill a screen, and one that is random would be another one in each process."""
    return argname if isinstance(val, str | bytes) and len(val) > 100 else None
