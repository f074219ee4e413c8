"""The Django application ``oauth``."""

from __future__ import annotations

from django.apps import AppConfig


class OAuthConfig(AppConfig):
    """What ``INSTALLED_APPS`` finds under ``shared_validator.django``."""

    name = "shared_validator.django"
    label = "oauth"
    verbose_name = "OAuth"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the checks."""
        from shared_validator.django import checks  # noqa: F401, PLC0415 - they need the applications to be there
