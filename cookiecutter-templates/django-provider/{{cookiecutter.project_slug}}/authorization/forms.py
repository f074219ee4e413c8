"""The form of the sign-in page."""

from django.contrib.auth.forms import AuthenticationForm
from django.utils.translation import gettext_lazy as _


class LoginForm(AuthenticationForm):
    """Django's. A wrong name, a wrong password and a locked user look alike."""

    error_messages = dict.fromkeys(
        ("invalid_login", "inactive"), _("The user name or the password is wrong.")
    )
