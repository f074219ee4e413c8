"""Settings of the provider, most of them from the environment."""

from urllib.parse import urlsplit

from django.utils.translation import gettext_lazy as _

from config.base import *  # noqa: F403
from config.base import JINJA2_TEMPLATES
from shared_validator import Settings

OAUTH = Settings.from_environ()
OAUTH_PROVIDER = "authorization.provider.provider"
OAUTH_SCOPES = {
    "notes:read": _("Read your notes"),
    "notes:write": _("Write notes for you"),
}

PUBLIC_URL = urlsplit(OAUTH.issuer)
ALLOWED_HOSTS = [PUBLIC_URL.hostname, "127.0.0.1", "localhost", "[::1]"]
CSRF_TRUSTED_ORIGINS = [f"{PUBLIC_URL.scheme}://{PUBLIC_URL.netloc}"]
FORCE_SCRIPT_NAME = OAUTH.base_path
SESSION_COOKIE_PATH = OAUTH.base_path or "/"
SESSION_COOKIE_SECURE = OAUTH.is_secure
SESSION_COOKIE_NAME = "provider_session"  # a consumer on this host needs another

AUTHENTICATION_BACKENDS = ["shared_validator.django.sign_in.LimitedBackend"]
PASSWORD_HASHERS = ["shared_validator.django.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "shared_validator.django.password_validation.PasswordValidator"}
]
LOGIN_URL = "authorization:login"
LOGIN_REDIRECT_URL = "authorization:account"

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "shared_validator.django",
    "authorization",
    "api",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",  # the files of the admin site
    "shared_validator.django.middleware.PageMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "shared_validator.django.middleware.SignInMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES = [
    JINJA2_TEMPLATES,
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

WHITENOISE_USE_FINDERS = True
WHITENOISE_ALLOW_ALL_ORIGINS = False
