"""A validator of passwords for Django that matches the other stores."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from shared_validator.accounts.policy import MIN_PASSWORD, check_new_password


class PasswordValidator:
    """Refuses a password that is too short, too long or easy to guess, for ``AUTH_PASSWORD_VALIDATORS``."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raise ``ValidationError`` if a new password is not accepted."""
        about = (user.get_username(), user.get_full_name(), user.email) if user is not None else ()
        try:
            check_new_password(password, *about)
        except ValueError as error:
            raise ValidationError(str(error), code="password") from error

    def get_help_text(self) -> str:
        """Return what a form says about passwords."""
        return _("Choose at least {} characters, such as four unrelated words.").format(
            MIN_PASSWORD
        )
