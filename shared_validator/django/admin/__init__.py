"""The admin pages, where Django looks for them."""

from shared_validator.django.admin import grants, registrations

__all__ = ["grants", "registrations"]
