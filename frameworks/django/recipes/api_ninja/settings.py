"""The provider's settings with other URLs. Django Ninja needs no settings."""

from config.settings import *  # noqa: F403

ROOT_URLCONF = "api_ninja.urls"
