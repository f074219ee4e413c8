"""The migrations of the store, where Django looks for those of an application."""

from shared_validator.store.django import migrations

__path__ = migrations.__path__
