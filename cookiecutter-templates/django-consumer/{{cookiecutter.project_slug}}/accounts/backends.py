"""The authentication backend for users who sign in at a provider."""

import secrets

from django.contrib.auth import get_user_model
from django.contrib.auth.backends import ModelBackend

from accounts.models import Identity


def new_user():
    """Return a new user with a random username and no password."""
    return get_user_model().objects.create_user(secrets.token_hex(16))


class ProviderBackend(ModelBackend):
    """Signs in the user with a login's identity. A new identity gets a new user."""

    def authenticate(self, request, login=None, **credentials):
        if login is None:
            return None
        identity, _created = Identity.objects.select_related("user").get_or_create(
            provider=login.provider, subject=login.subject, defaults={"user": new_user}
        )
        return identity.user if self.user_can_authenticate(identity.user) else None
