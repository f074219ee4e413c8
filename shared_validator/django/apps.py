"""The Django application ``oauth``."""

from __future__ import annotations

from django.apps import AppConfig


class OAuthConfig(AppConfig):
    """The application for ``"shared_validator.django"`` in ``INSTALLED_APPS``."""

    name = "shared_validator.django"
    label = "oauth"
    verbose_name = "OAuth"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the checks."""
        from shared_validator.django import checks  # noqa: F401, PLC0415 - they need the applications to be there
