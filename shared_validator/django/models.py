"""The models of the store, in the module where Django expects them."""

from shared_validator.store.django.models import *  # noqa: F403 - Django reads them from the registry
