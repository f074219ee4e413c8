"""The same database in pydal's words."""

import pytest

from shared_validator.settings import SettingsError
from shared_validator.store.sql.dal import dal_uri


@pytest.mark.parametrize(
    ("database_url", "expected"),
    [
        ("sqlite:////oauth.sqlite3", "sqlite:///oauth.sqlite3"),
        ("postgresql://ann:secret@db.example/oauth", "postgres://ann:secret@db.example:5432/oauth"),
        ("postgres://ann:secret@db.example:6432/oauth?sslmode=require", "postgres://ann:secret@db.example:6432/oauth?sslmode=require"),
        ("postgresql+psycopg://ann@db.example/oauth", "postgres://ann:@db.example:5432/oauth"),
        ("postgresql://a%40n:s%3Aec%2Fr%40t@[::1]/oauth", "postgres://a%40n:s%3Aec%2Fr%40t@[::1]:5432/oauth"),
        ("postgresql://ann:@/oauth?host=/run/postgresql", "postgres://ann:@/oauth?unix_socket=/run/postgresql/.s.PGSQL.5432"),
        ("postgresql://ann@/oauth?host=/run/pg&port=6432", "postgres://ann:@/oauth?unix_socket=/run/pg/.s.PGSQL.6432"),
    ],
)
def test_a_database_url_is_said_as_pydal_says_it(database_url, expected):
    """Files, hosts, sockets, ports and credentials with signs of their own come through."""
    assert expected == dal_uri(database_url)


def test_a_relative_file_is_where_the_command_runs(tmp_path, monkeypatch):
    """pydal would look for it in the folder of an application."""
    monkeypatch.chdir(tmp_path)
    assert f"sqlite://{tmp_path}/oauth.sqlite3" == dal_uri("sqlite:///oauth.sqlite3")


@pytest.mark.parametrize("database_url", ["mysql://ann@db.example/oauth", "nonsense", "sqlite://"])
def test_what_the_store_refuses_is_refused_here_too(database_url):
    """Both are to speak to one database."""
    with pytest.raises(SettingsError, match="DATABASE_URL"):
        dal_uri(database_url)
