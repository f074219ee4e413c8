"""Fixtures that several rooms of the tests share."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.driving import frameworks, sources


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add what a person can ask for."""
    parser.addoption("--everything", action="store_true", help="ask every framework what every tier holds")
    parser.addoption("--framework", action="append", metavar="NAME", help="run only the tests of this framework; may be given again")


def pytest_configure(config: pytest.Config) -> None:
    """Look for downloads once, before the processes of a parallel run start. Keep coverage out of the processes that tests start."""
    starts_others = getattr(config.option, "numprocesses", None) and not hasattr(config, "workerinput")
    if starts_others:
        sources.missing()
    else:
        os.environ.pop("COVERAGE_PROCESS_CONFIG", None)  # a served example is slower if it is measured


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the frameworks that were not asked for, and skip those that are on no package index and not at hand."""
    if wanted := config.option.framework:
        frameworks.only(wanted, config, items)
    sources.skip_what_cannot_be_served(config, items)


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite database with the store's tables, to copy: the migrations take longer than most tests."""
    from shared_validator.store.sql import SQLStore

    path = tmp_path_factory.mktemp("migrated") / "store.sqlite3"
    SQLStore(f"sqlite:///{path}").close()
    return path


@pytest.fixture
def sqlite_url(migrated_file: Path, tmp_path: Path) -> str:
    """The URL of an SQLite database with the store's empty tables, for one test."""
    return f"sqlite:///{shutil.copy(migrated_file, tmp_path / 'store.sqlite3')}"


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
