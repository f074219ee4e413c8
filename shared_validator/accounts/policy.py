"""Which passwords a user may choose (NIST SP 800-63B-4 §3.1.1.2)."""

from __future__ import annotations

from shared_validator.accounts.passwords import MAX_PASSWORD, prepared
from shared_validator.pages import gettext as _

MIN_PASSWORD = 8

_MIN_SCORE = 3
"""Of zxcvbn's scores from 0 to 4: more than 10⁸ guesses."""

_LOOKED_AT = 72
"""How many characters zxcvbn looks at. Its time grows with the square of the length."""


def check_new_password(password: str, *about: str) -> None:
    """Check a password that a user chooses. Signing in does not: an older password goes on working.

    Args:
        password: the password as typed.
        about: what is known about the user, such as the username, which the password may not be.

    Raises:
        ValueError: it is not accepted; the message says what to do.
    """
    if len(password) < MIN_PASSWORD:
        raise ValueError(
            _("The password is too short. Choose one with at least {} characters.").format(
                MIN_PASSWORD
            )
        )
    if len(password) > MAX_PASSWORD:
        raise ValueError(
            _("The password is too long. Choose one with at most {} characters.").format(
                MAX_PASSWORD
            )
        )
    known = prepared(password)
    if known is None:
        raise ValueError(
            _("The password has control characters, such as a tab. Choose one without them.")
        )
    # The word lists take a while to load, and most processes never need them.
    from zxcvbn import zxcvbn  # noqa: PLC0415

    if zxcvbn(known[:_LOOKED_AT], [each for each in about if each])["score"] < _MIN_SCORE:
        raise ValueError(
            _("The password is easy to guess. Choose a longer one, such as four unrelated words.")
        )
