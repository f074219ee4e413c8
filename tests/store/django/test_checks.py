"""``manage.py check`` of a project with DjangoStore: it warns of what is unsafe, and of nothing else."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

import pytest

from tests.store.django import settings as project_settings
from tests.store.django import stores


def _warnings(**changed: Any) -> list[str]:
    """Return the identifiers of what Django warns of under other settings."""
    from django.core.checks import run_checks
    from django.test import override_settings

    with override_settings(**changed):
        return [warning.id for warning in run_checks()]


@pytest.fixture(autouse=True)
def public_site(project: Any) -> Any:
    """A provider whose public URL is https, set up as it should be."""
    from django.test import override_settings

    with override_settings(SESSION_COOKIE_SECURE=True):
        yield


def test_a_project_that_is_set_up_well_is_not_warned(project: Any) -> None:
    """Whoever reads a warning that means nothing reads the next one no more."""
    assert [] == _warnings()


@pytest.mark.parametrize(
    ("changed", "warning"),
    [
        ({"DEBUG": True}, "oauth.W002"),
        ({"SESSION_COOKIE_SECURE": False}, "oauth.W003"),
        ({"SESSION_COOKIE_HTTPONLY": False}, "oauth.W004"),
        ({"SESSION_COOKIE_SAMESITE": "None"}, "oauth.W005"),
        ({"SESSION_COOKIE_SAMESITE": False}, "oauth.W005"),
        ({"PASSWORD_HASHERS": ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]}, "oauth.W010"),
    ],
)
def test_an_unsafe_setting_is_named(changed: dict[str, Any], warning: str) -> None:
    """Each by an identifier of its own, which a project may silence."""
    assert [warning] == _warnings(**changed)


@pytest.mark.parametrize(
    ("name", "warning"),
    [("CsrfViewMiddleware", "oauth.W006"), ("XFrameOptionsMiddleware", "oauth.W007"), ("SecurityMiddleware", "oauth.W008")],
)
def test_missing_protection_is_named(name: str, warning: str) -> None:
    """The middleware that every new Django project has."""
    assert [warning] == _warnings(MIDDLEWARE=[path for path in project_settings.MIDDLEWARE if not path.endswith(name)])


def test_a_middleware_that_derives_from_djangos_is_one() -> None:
    """Also beside one that is a function."""
    others = [path for path in project_settings.MIDDLEWARE if not path.endswith("CsrfViewMiddleware")]
    assert [] == _warnings(MIDDLEWARE=[*others, f"{__name__}.own_csrf_middleware", f"{__name__}.function_middleware"])


def __getattr__(name: str) -> Any:
    if name == "own_csrf_middleware":
        from django.middleware.csrf import CsrfViewMiddleware

        return type("OwnCsrfMiddleware", (CsrfViewMiddleware,), {})
    if name == "function_middleware":
        return lambda get_response: get_response
    raise AttributeError(name)


def test_at_ones_desk_http_and_debug_are_right(monkeypatch: pytest.MonkeyPatch) -> None:
    """A loopback address has no https."""
    monkeypatch.setenv("OAUTH_ISSUER", "http://127.0.0.1:8000")
    assert [] == _warnings(DEBUG=True, SESSION_COOKIE_SECURE=False)


def test_a_missing_secret_key_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without it no secret can be sealed; and a key that is none is none."""
    monkeypatch.delenv("OAUTH_SECRET_KEY")
    assert ["oauth.W001"] == _warnings()
    monkeypatch.setenv("OAUTH_SECRET_KEY", secrets.token_urlsafe(8))
    assert ["oauth.W001"] == _warnings()


def test_a_consumer_has_no_settings_of_a_provider(monkeypatch: pytest.MonkeyPatch) -> None:
    """It keeps its sign-ins in the same store; its public URL is looked at in the same way."""
    monkeypatch.delenv("OAUTH_SECRET_KEY")
    monkeypatch.delenv("OAUTH_ISSUER")
    assert ["oauth.W001"] == _warnings()
    monkeypatch.setenv("CONSUMER_URL", "https://consumer.example")
    assert [] == _warnings()
    assert ["oauth.W002"] == _warnings(DEBUG=True)


def test_sqlite_without_immediate_transactions_is_named(tmp_path: Path) -> None:
    """Django's default begins a transaction without the lock that its first write needs."""
    database = stores.sqlite(tmp_path / "new.sqlite3")
    del database["OPTIONS"]["transaction_mode"]
    stores.add_database(database, "default")
    assert ["oauth.W009"] == _warnings()


def test_postgresql_needs_no_mode(project: Any, django_database: dict[str, Any]) -> None:
    """It has no lock for the whole database."""
    stores.add_database(django_database, "default")
    assert [] == _warnings()
