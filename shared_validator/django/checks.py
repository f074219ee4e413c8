"""Checks for ``manage.py check``, which warn of unsafe settings."""

from __future__ import annotations

import os
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import get_hashers_by_algorithm
from django.core.checks import CheckMessage, Tags, Warning, register
from django.db import DEFAULT_DB_ALIAS, connections
from django.middleware.clickjacking import XFrameOptionsMiddleware
from django.middleware.csrf import CsrfViewMiddleware
from django.middleware.security import SecurityMiddleware
from django.utils.module_loading import import_string

from shared_validator.settings import Settings, SettingsError

_MIDDLEWARE = (
    (
        "oauth.W006",
        CsrfViewMiddleware,
        "another site can send a form in the name of the signed-in user",
    ),
    (
        "oauth.W007",
        XFrameOptionsMiddleware,
        "another site can show a page in a frame and have people click in it",
    ),
    (
        "oauth.W008",
        SecurityMiddleware,
        "browsers may guess the type of an answer, and tell other sites the address of a page",
    ),
)


@register(Tags.security)
def check_oauth_settings(app_configs: Any, **options: Any) -> list[CheckMessage]:
    """Warn of missing or invalid settings of a provider. A consumer has other settings."""
    if "CONSUMER_URL" in os.environ and not any(name.startswith("OAUTH_") for name in os.environ):
        return []
    try:
        Settings.from_environ()
    except SettingsError as error:
        hint = "The provider, its admin pages and `manage.py oauth` read them from the environment."
        return [Warning(str(error), hint=hint, id="oauth.W001")]
    return []


@register(Tags.security)
def check_public_site(app_configs: Any, **options: Any) -> list[CheckMessage]:
    """Warn of development settings if the public URL is https."""
    if not any(
        os.environ.get(name, "").startswith("https:") for name in ("OAUTH_ISSUER", "CONSUMER_URL")
    ):
        return []
    found: list[CheckMessage] = []
    if settings.DEBUG:
        found.append(
            Warning(
                "DEBUG is on, and shows strangers what is inside.",
                hint="Set DEBUG to False.",
                id="oauth.W002",
            )
        )
    if not settings.SESSION_COOKIE_SECURE:
        problem = "Browsers send the session cookie over http too, where others can read it."
        found.append(Warning(problem, hint="Set SESSION_COOKIE_SECURE to True.", id="oauth.W003"))
    return found


@register(Tags.security)
def check_session_cookie(app_configs: Any, **options: Any) -> list[CheckMessage]:
    """Warn of a session cookie that scripts can read or other sites can use."""
    found: list[CheckMessage] = []
    if not settings.SESSION_COOKIE_HTTPONLY:
        problem = "Scripts can read the session cookie."
        found.append(
            Warning(problem, hint="Leave SESSION_COOKIE_HTTPONLY at True.", id="oauth.W004")
        )
    if settings.SESSION_COOKIE_SAMESITE not in ("Lax", "Strict"):
        problem = "Browsers send the session cookie with what other sites post."
        found.append(
            Warning(problem, hint="Leave SESSION_COOKIE_SAMESITE at 'Lax'.", id="oauth.W005")
        )
    return found


@register(Tags.security)
def check_middleware(app_configs: Any, **options: Any) -> list[CheckMessage]:
    """Warn of missing security middleware."""
    used = [
        middleware
        for middleware in map(import_string, settings.MIDDLEWARE)
        if isinstance(middleware, type)
    ]
    return [
        Warning(
            f"Without {wanted.__name__} {danger}.",
            hint=f"Add {wanted.__module__}.{wanted.__name__} to MIDDLEWARE.",
            id=identifier,
        )
        for identifier, wanted, danger in _MIDDLEWARE
        if not any(issubclass(middleware, wanted) for middleware in used)
    ]


@register(Tags.security)  # not "database", whose checks only run for a given alias
def check_transaction_mode(app_configs: Any, **options: Any) -> list[CheckMessage]:
    """Warn of transactions that fail on SQLite if another process writes meanwhile."""
    connection = connections[DEFAULT_DB_ALIAS]
    if (
        connection.vendor != "sqlite"
        or str(connection.settings_dict["OPTIONS"].get("transaction_mode")).upper() == "IMMEDIATE"
    ):
        return []
    problem = "A transaction on SQLite that reads before it writes fails when another process writes meanwhile."
    return [
        Warning(
            problem,
            hint='Set "transaction_mode": "IMMEDIATE" in the OPTIONS of the database.',
            id="oauth.W009",
        )
    ]


@register(Tags.security)
def check_password_hasher(app_configs: Any, **options: Any) -> list[CheckMessage]:
    """Warn if the users that the store saves could not sign in."""
    if "argon2" in get_hashers_by_algorithm():
        return []
    wanted = "shared_validator.django.hashers.Argon2PasswordHasher"
    problem = "The passwords of a seed are hashed with argon2, which is not in PASSWORD_HASHERS."
    return [Warning(problem, hint=f"Add {wanted} to PASSWORD_HASHERS.", id="oauth.W010")]
