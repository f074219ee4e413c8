"""Signing in to a Django project: each Django session of a signed-in user has a session in the store.

When the session in the store ends, the Django session ends too: after "sign out everywhere", a new
password, or when the user is disabled or deleted. ``SignInMiddleware`` looks it up; the receivers
in this module begin and end it. Import this module in ``AppConfig.ready()``.
"""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.core.exceptions import ValidationError
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils.translation import gettext as _

from shared_validator.accounts.passwords import prepared
from shared_validator.accounts.sign_in import Refusal, counted
from shared_validator.django.provider import provider
from shared_validator.edge.sessions import SESSION_ID
from shared_validator.store.django.store import DjangoStore


class LimitedBackend(ModelBackend):
    """Checks passwords as Django does, if the username and the address have tries left.

    Put it in ``AUTHENTICATION_BACKENDS``, so that no form of the project bypasses the limit.
    """

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **kwargs: Any,
    ) -> Any:
        """Return the user, or ``None``.

        Raises:
            ValidationError: there were too many tries; a form shows it.
        """
        if username is None or password is None:
            return None
        address = request.META.get("REMOTE_ADDR", "") if request else ""
        check = super().authenticate
        found = counted(
            provider().context,
            username,
            address,
            # Django hashes the password for an unknown user too, which this one cannot be.
            lambda name: check(request, name, password, **kwargs) if prepared(password) else None,
        )
        if found is Refusal.LIMITED:
            message = _("Too many tries. Wait a while, then try again.")
            raise ValidationError(message, code="limited")
        return None if found is Refusal.WRONG else found


@receiver(user_logged_in)
def begin_session(request: HttpRequest, user: Any, **kwargs: Any) -> None:
    """Begin a session in the store. The Django session has its identifier."""
    sessions = provider().context.sessions
    sessions.end(request.session.get(SESSION_ID))
    request.session[SESSION_ID] = sessions.begin(DjangoStore().subject(user))


@receiver(user_logged_out)
def end_session(request: HttpRequest, **kwargs: Any) -> None:
    """End the session in the store."""
    provider().context.sessions.end(request.session.get(SESSION_ID))
