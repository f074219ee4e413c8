"""The provider's settings with other URLs; Django Ninja has none of its own."""

from config.settings import *  # noqa: F403

ROOT_URLCONF = "api_ninja.urls"
