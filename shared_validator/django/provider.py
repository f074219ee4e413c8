"""The provider of a Django project, which the setting ``OAUTH_PROVIDER`` names."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.module_loading import import_string

if TYPE_CHECKING:  # a consumer does not load a provider
    from shared_validator.provider import Provider


def offered_scopes() -> Collection[str] | None:
    """Return the scopes of the project's provider, or ``None`` if the project does not name it."""
    return provider().context.scopes if hasattr(settings, "OAUTH_PROVIDER") else None


def provider() -> Provider:
    """Return the provider of this project.

    Raises:
        ImportError: ``OAUTH_PROVIDER`` is not the dotted path of a provider, such as
            ``"authorization.provider.provider"``.
    """
    found: Provider = import_string(settings.OAUTH_PROVIDER)  # type: ignore[misc]  # the project's
    return found
