"""Who may sign in."""

from django.contrib.auth.backends import ModelBackend
from django.core.exceptions import ValidationError

from authorization.provider import provider
from shared_validator.accounts.sign_in import Refusal, counted


class LimitedBackend(ModelBackend):
    """Checks passwords as Django does, as long as the user name and the address have tries left."""

    def authenticate(self, request, username=None, password=None, **kwargs):
        """Return the user, or `None`. Raises `ValidationError`, which a form shows, when there were too many tries."""
        if username is None or password is None:
            return None
        address = request.META.get("REMOTE_ADDR", "") if request else ""
        check = super().authenticate
        found = counted(provider.context, username, address, lambda name: check(request, name, password, **kwargs))
        if found is Refusal.LIMITED:
            raise ValidationError("Too many tries. Wait a while, then try again.", code="limited")
        return None if found is Refusal.WRONG else found
