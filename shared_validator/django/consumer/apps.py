"""The Django application ``oauth_consumer``."""

from __future__ import annotations

from django.apps import AppConfig


class OAuthConsumerConfig(AppConfig):
    """What ``INSTALLED_APPS`` finds under ``shared_validator.django.consumer``."""

    name = "shared_validator.django.consumer"
    label = "oauth_consumer"
    verbose_name = "OAuth consumer"

    def ready(self) -> None:
        """Register the checks."""
        from shared_validator.django import checks  # noqa: F401, PLC0415 - they need the applications to be there
