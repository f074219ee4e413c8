"""The messages for users when a sign-in at a provider fails.

They are our own sentences, and never repeat words from a request.
"""

from __future__ import annotations

import httpx2

from shared_validator.http import HTTPProblem
from shared_validator.pages import gettext


def N_(message: str) -> str:
    """Mark a message for translation: Babel extracts it, and ``ConsumerError`` translates it."""
    return message


DENIED = N_("You did not agree, so you are not signed in.")
UNKNOWN_PROVIDER = N_("There is no such provider.")
MALFORMED = N_("The answer of the provider is malformed.")
UNKNOWN_ATTEMPT = N_("This sign-in was used already, or took too long. Please start again.")
OTHER_BROWSER = N_(
    "This sign-in was started in another browser, or its cookie is gone. Please start again."
)
OTHER_ISSUER = N_("The answer does not come from the provider that you chose. Please start again.")
NO_CODE = N_("The provider did not say whether you agreed. Please start again.")
NOT_SET_UP = N_(
    "The provider does not accept this application. Its operator has to check how it is registered."
)
SCOPE_REFUSED = N_("The provider does not grant what this application asks for.")
SIGN_IN_NEEDED = N_(
    "The provider wants you to sign in there, or to agree, first. Please start again."
)
REFUSED = N_("The provider refused the sign-in. Please start again.")
UNAVAILABLE = N_(
    "The provider cannot be reached, or does not work at the moment. Please try again later."
)
UNUSABLE = N_("The provider gave an answer that cannot be used.")
UNVERIFIED = N_("The provider's statement about who you are could not be verified.")
SIGNED_OUT = N_("You are not signed in any more. Please sign in again.")
ACCESS_ENDED = N_("The provider no longer lets this application in. Sign out, then sign in again.")

# What to check, for the person and the developer; shown after the message.
NO_COOKIE = N_(
    "Your browser sent no cookie for this sign-in. Allow cookies for this site, and start at the "
    "address where the sign-in ends: localhost and 127.0.0.1 have different cookies. The "
    "application's own session cookie must not be SameSite=Strict."
)
FROM_THE_FUTURE = N_(
    "The provider's token is from the future by {minutes} min. Check the clocks of the provider "
    "and of this application."
)
EXPIRED = N_(
    "The provider's token had expired {minutes} min before it arrived. Check the clocks of the "
    "provider and of this application."
)

_CODES = {
    # RFC 6749 §4.1.2.1
    "access_denied": DENIED,
    "invalid_request": NOT_SET_UP,
    "unauthorized_client": NOT_SET_UP,
    "unsupported_response_type": NOT_SET_UP,
    "invalid_scope": SCOPE_REFUSED,
    "server_error": UNAVAILABLE,
    "temporarily_unavailable": UNAVAILABLE,
    # RFC 6749 §5.2
    "invalid_client": NOT_SET_UP,
    "invalid_grant": UNKNOWN_ATTEMPT,
    "unsupported_grant_type": NOT_SET_UP,
    # RFC 8707 §2
    "invalid_target": NOT_SET_UP,
    # OpenID Connect Core §3.1.2.6
    "login_required": SIGN_IN_NEEDED,
    "consent_required": SIGN_IN_NEEDED,
    "interaction_required": SIGN_IN_NEEDED,
    "account_selection_required": SIGN_IN_NEEDED,
    # OAuth 1.0a has no codes for this. These two are from the Problem Reporting extension.
    "user_refused": DENIED,
    "permission_denied": DENIED,
}

_API_STATUSES = {401: ACCESS_ENDED, 403: SCOPE_REFUSED}


class ConsumerError(HTTPProblem):
    """A sign-in, or a request that uses one, has failed. It has the status and title of its page.

    Args:
        message: a fixed sentence for the user, with nothing from a request or a provider;
            ``str(error)``.
        reason: the details for the operator, for the log. It may quote a provider, so do not show
            it on pages. It has no secrets.
        code: the ``error`` code of the protocol, if there is one.
        hint: what to check: a fixed sentence too, shown after the message.

    Attributes:
        status: 404 for an unknown provider, 400 for a callback that is not accepted, otherwise 502.
        may_have_worked: whether the provider may have done what it was asked, because the request
            was sent but no response arrived.
    """

    status = 502
    may_have_worked = False
    error = "invalid_request"
    template = "consumer_error.html"

    def __init__(self, message: str, reason: str = "", code: str = "", hint: str = "") -> None:
        super().__init__(gettext(message))
        self._message = message
        self.reason = reason or message
        self.code = code
        self.hint = hint
        self.title = gettext("The sign-in has failed")

    @property
    def detail(self) -> str:
        """The message and the hint."""
        return f"{self} {self.hint}" if self.hint else str(self)

    def again(self) -> ConsumerError:
        """Return the same failure for another request, in the language of its user."""
        error = type(self)(self._message, self.reason, self.code, self.hint)
        error.may_have_worked = self.may_have_worked
        return error


class RefreshPending(ConsumerError):
    """A refresh is still under way, and the user's request does not wait for it any longer."""

    status = 503
    error = "temporarily_unavailable"
    headers = (("Retry-After", "5"),)

    def __init__(
        self, message: str = UNAVAILABLE, reason: str = "", code: str = "", hint: str = ""
    ) -> None:
        super().__init__(message, reason, code, hint)
        self.title = gettext("Your data cannot be reached")


def refusal(code: object) -> ConsumerError:
    """Return the error for an ``error`` code from a provider, or from a forged callback."""
    text = code if isinstance(code, str) else ""
    return ConsumerError(_CODES.get(text, REFUSED), f"error {quoted(code)}", text)


def api_failure(error: httpx2.HTTPError) -> ConsumerError:
    """Return the problem to show the user when a call to the provider's API fails.

    Args:
        error: the exception from ``httpx2``. A 401 means that access has ended: the session has
            already renewed the token if it could.
    """
    status = error.response.status_code if isinstance(error, httpx2.HTTPStatusError) else 0
    failure = ConsumerError(
        _API_STATUSES.get(status, UNAVAILABLE), f"{type(error).__name__}, status {status}"
    )
    failure.title = gettext("Your data cannot be reached")
    return failure


def quoted(foreign: object) -> str:
    """Return a foreign value in a form that is safe for a log: short, on one line."""
    return ascii(foreign)[:100]
