"""The admin pages, in the module where Django expects them."""

from shared_validator.django.admin import grants, registrations

__all__ = ["grants", "registrations"]
