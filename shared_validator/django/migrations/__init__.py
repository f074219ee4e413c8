"""The migrations of the store, in the package where Django expects them."""

from shared_validator.store.django import migrations

__path__ = migrations.__path__
