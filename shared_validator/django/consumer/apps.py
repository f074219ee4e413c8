"""The Django application ``oauth_consumer``."""

from __future__ import annotations

from django.apps import AppConfig


class OAuthConsumerConfig(AppConfig):
    """The application for ``"shared_validator.django.consumer"`` in ``INSTALLED_APPS``."""

    name = "shared_validator.django.consumer"
    label = "oauth_consumer"
    verbose_name = "OAuth consumer"

    def ready(self) -> None:
        """Register the checks."""
        from shared_validator.django import checks  # noqa: F401, PLC0415 - they need the applications to be there
