"""Settings of the provider. What differs from one deployment to the next comes from the environment."""

import os
from pathlib import Path
from urllib.parse import urlsplit

import dj_database_url
from jinja2 import FileSystemLoader

from shared_validator import pages
from shared_validator.settings import Settings

BASE_DIR = Path(__file__).resolve().parent.parent

OAUTH = Settings.from_environ()

# Security

SECRET_KEY = os.environ["SESSION_SECRET"]
DEBUG = False
ALLOWED_HOSTS = [urlsplit(OAUTH.issuer).hostname, "127.0.0.1", "localhost", "[::1]"]
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024

SESSION_COOKIE_NAME = "provider_session"  # cookies ignore ports: a consumer on this host needs another name
SESSION_COOKIE_SECURE = OAUTH.issuer.startswith("https:")

CSRF_USE_SESSIONS = True
CSRF_TRUSTED_ORIGINS = [OAUTH.issuer]  # a browser names the public origin, whatever a proxy makes of the request
CSRF_FAILURE_VIEW = "authorization.views.csrf_failure"

# Whoever ends TLS in front of this server sends people from http to https, and tells browsers to stay there.
SILENCED_SYSTEM_CHECKS = ["security.W004", "security.W008"]

# Users

AUTHENTICATION_BACKENDS = ["authorization.backends.LimitedBackend"]
PASSWORD_HASHERS = ["shared_validator.django.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "account"

# Application

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "shared_validator.django",
    "authorization",
    "api",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "authorization.middleware.PageMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "authorization.middleware.FormMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
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
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
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

# The admin site's files, from where they are installed

STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True
WHITENOISE_ALLOW_ALL_ORIGINS = False

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
    # Django's own handlers would mail the forms of failed requests, secrets of clients among them.
    "loggers": {"django": {"handlers": [], "propagate": True}},
}
