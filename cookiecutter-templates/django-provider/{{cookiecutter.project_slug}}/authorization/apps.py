"""The application `authorization`."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AuthorizationConfig(AppConfig):
    name = "authorization"
    verbose_name = _("Authorization")

    def ready(self):
        """Record each sign-in as a session in the store, where it can be ended."""
        from shared_validator.django import sign_in  # noqa: F401, PLC0415 - needs the models
