"""The Django application ``oauth``."""

from __future__ import annotations

from django.apps import AppConfig


class OAuthConfig(AppConfig):
    """What ``INSTALLED_APPS`` finds under ``shared_validator.store.django``."""

    name = "shared_validator.store.django"
    label = "oauth"
    verbose_name = "OAuth"
    default_auto_field = "django.db.models.BigAutoField"
