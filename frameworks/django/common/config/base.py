"""The settings that both projects have in common."""

import os
from pathlib import Path

import dj_database_url

from shared_validator import session_secret
from shared_validator.django.logs import LOGGING  # noqa: F401 - a setting

BASE_DIR = Path(__file__).resolve().parent.parent

SECRET_KEY = session_secret()
DEBUG = os.environ.get("DJANGO_DEBUG") == "true"

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
APPEND_SLASH = False
STATIC_URL = "static/"
TIME_ZONE = "UTC"

SESSION_ENGINE = "shared_validator.django.sessions"
CSRF_USE_SESSIONS = True
CSRF_FAILURE_VIEW = "shared_validator.django.views.csrf_failure"

# Your TLS proxy redirects from http to https and sends Strict-Transport-Security.
SILENCED_SYSTEM_CHECKS = ["security.W004", "security.W008"]

JINJA2_TEMPLATES = {
    "BACKEND": "django.template.backends.jinja2.Jinja2",
    "DIRS": [BASE_DIR / "templates"],  # a file there replaces a page
    "OPTIONS": {
        "environment": "shared_validator.django.jinja2.environment",
        "context_processors": ["shared_validator.django.jinja2.csrf_input"],
    },
}

DATABASES = {
    "default": dj_database_url.config(conn_max_age=600, conn_health_checks=True)
}
# A cursor is unknown to the next connection that a pooler uses.
DATABASES["default"]["DISABLE_SERVER_SIDE_CURSORS"] = (
    os.environ.get("DATABASE_POOLER") == "transaction"
)
# feature: sqlite (begin)
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = {
        "init_command": "PRAGMA journal_mode=WAL",
        "timeout": 5,
        "transaction_mode": "IMMEDIATE",
    }
    # Django would make a file that every user of this machine can read.
    Path(DATABASES["default"]["NAME"]).touch(mode=0o600)
# feature: sqlite (end)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
