"""Settings of the consumer, most of them from the environment."""

from urllib.parse import urlsplit

from config.base import *  # noqa: F403
from config.base import JINJA2_TEMPLATES
from shared_validator import ConsumerSettings

CONSUMER = ConsumerSettings.from_environ()

PUBLIC_URL = urlsplit(CONSUMER.url)
ALLOWED_HOSTS = [PUBLIC_URL.hostname, "127.0.0.1", "localhost", "[::1]"]
CSRF_TRUSTED_ORIGINS = [f"{PUBLIC_URL.scheme}://{PUBLIC_URL.netloc}"]
FORCE_SCRIPT_NAME = CONSUMER.base_path
SESSION_COOKIE_PATH = CONSUMER.base_path or "/"
SESSION_COOKIE_SECURE = CONSUMER.is_secure
SESSION_COOKIE_NAME = "consumer_session"  # a provider on this host needs another

AUTHENTICATION_BACKENDS = ["accounts.backends.ProviderBackend"]  # no passwords here
LOGIN_URL = "accounts:home"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "shared_validator.django.consumer",
    "accounts",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "shared_validator.django.middleware.PageMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES = [JINJA2_TEMPLATES]
