"""The models of the store, where Django looks for those of an application."""

from shared_validator.store.django.consumer.models import *  # noqa: F403 - Django reads them from the registry
