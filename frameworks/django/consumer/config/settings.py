"""Settings of the consumer. What differs from one deployment to the next comes from the environment."""

import os
from pathlib import Path
from urllib.parse import urlsplit

import dj_database_url
from jinja2 import FileSystemLoader

from shared_validator import pages
from shared_validator.consumer import ConsumerSettings

BASE_DIR = Path(__file__).resolve().parent.parent

CONSUMER = ConsumerSettings.from_environ()

# Security

SECRET_KEY = os.environ["SESSION_SECRET"]
DEBUG = False
ALLOWED_HOSTS = [urlsplit(CONSUMER.url).hostname, "127.0.0.1", "localhost", "[::1]"]
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024

SESSION_COOKIE_NAME = "consumer_session"  # cookies ignore ports: a provider on this host needs another name
SESSION_COOKIE_SECURE = CONSUMER.url.startswith("https:")

CSRF_USE_SESSIONS = True
CSRF_TRUSTED_ORIGINS = [CONSUMER.url]  # a browser names the public origin, whatever a proxy makes of the request
CSRF_FAILURE_VIEW = "accounts.views.csrf_failure"

# Whoever ends TLS in front of this server sends people from http to https, and tells browsers to stay there.
SILENCED_SYSTEM_CHECKS = ["security.W004", "security.W008"]

# Users: nobody has a password here

AUTHENTICATION_BACKENDS = ["accounts.backends.ProviderBackend"]
LOGIN_URL = "home"

# Application

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "shared_validator.django.consumer",
    "accounts",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "accounts.middleware.PageMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "accounts.middleware.FormMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "config.urls"
APPEND_SLASH = False
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "OPTIONS": {
            "environment": "config.jinja2.environment",
            "loader": pages.override(FileSystemLoader(BASE_DIR / "templates")),  # a file there takes the place of a shared page
            "context_processors": ["config.jinja2.csrf_input"],
        },
    },
]

# Database

DATABASES = {"default": dj_database_url.config(conn_max_age=600, conn_health_checks=True)}
# feature: sqlite (begin)
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = {"init_command": "PRAGMA journal_mode=WAL", "timeout": 30, "transaction_mode": "IMMEDIATE"}
# feature: sqlite (end)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TIME_ZONE = "UTC"

# Logs


def without_trace(record):
    """Say in one line what was refused; only a crash has a stack trace."""
    if getattr(record, "status_code", 500) < 500:
        record.exc_info = None
    return True


LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"without_trace": {"()": "django.utils.log.CallbackFilter", "callback": without_trace}},
    "handlers": {"console": {"class": "logging.StreamHandler", "filters": ["without_trace"]}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    # Django's own handlers would mail the forms of failed requests.
    "loggers": {"django": {"handlers": [], "propagate": True}},
}
