"""The provider's settings, and those of Django REST Framework.

Each view requires a token and a scope, unless it says otherwise.
"""

from config.settings import *  # noqa: F403
from config.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "rest_framework"]
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "api_rest_framework.authentication.OAuthAuthentication"
    ],
    "DEFAULT_PERMISSION_CLASSES": ["api_rest_framework.permissions.TokenHasScope"],
    "DEFAULT_PARSER_CLASSES": [
        "rest_framework.parsers.JSONParser",
        "rest_framework.parsers.FormParser",
    ],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
}
ROOT_URLCONF = "api_rest_framework.urls"
