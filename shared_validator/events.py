"""What happened: for each event one record in the log, and one call of the application's hook.

The loggers are ``shared_validator.provider``, ``.consumer`` and ``.edge``. A record has the name of
the event and its fields, on one line. No field is a secret, a token, a code or a password.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

MAX_FIELD = 300
"""How many characters of a field are kept: a stranger may send much longer ones."""

EVENTS: Mapping[str, tuple[str, int, str]] = {
    "authorization_refused": (
        "provider",
        logging.WARNING,
        "The client or redirect URI of an authorization request cannot be trusted. The user sees a page.",
    ),
    "authorization_error": (
        "provider",
        logging.INFO,
        "An authorization request is answered with an error at the redirect URI.",
    ),
    "consent_given": ("provider", logging.INFO, "A user lets a client in."),
    "consent_denied": ("provider", logging.INFO, "A user refuses a client."),
    "consent_removed": ("provider", logging.INFO, "A user removes a client's access."),
    "client_refused": (
        "provider",
        logging.WARNING,
        "A client fails to authenticate: it is unknown, or its secret or method is wrong.",
    ),
    "request_refused": (
        "provider",
        logging.WARNING,
        "An OAuth 2 endpoint refuses a request of a client.",
    ),
    "code_replayed": (
        "provider",
        logging.WARNING,
        "A code is redeemed again. Everything issued from it is revoked.",
    ),
    "refresh_token_reused": (
        "provider",
        logging.WARNING,
        "A used refresh token is presented again. Everything issued from its grant is revoked.",
    ),
    "tokens_issued": ("provider", logging.INFO, "A client gets tokens or token credentials."),
    "token_revoked": ("provider", logging.INFO, "A client revokes a token."),
    "access_refused": ("provider", logging.INFO, "The API refuses a request."),
    "signature_refused": (
        "provider",
        logging.WARNING,
        "An OAuth 1.0a request is refused. At the level DEBUG, the base string of a wrong signature follows.",
    ),
    "signed_in": ("provider", logging.INFO, "A user signs in."),
    "sign_in_failed": ("provider", logging.WARNING, "The user name or password is wrong."),
    "sign_in_limited": (
        "provider",
        logging.WARNING,
        "A sign-in is refused because of too many tries for the user or from the address.",
    ),
    "sign_in_busy": (
        "provider",
        logging.WARNING,
        "A sign-in is refused because too many passwords are being hashed at once.",
    ),
    "device_code_limited": (
        "provider",
        logging.WARNING,
        "A user code of a device is refused because of too many tries.",
    ),
    "device_authorization_limited": (
        "provider",
        logging.WARNING,
        "A device is refused because of too many device codes for the client or the address.",
    ),
    "signed_out": ("provider", logging.INFO, "A user signs out."),
    "keys_rotated": ("provider", logging.INFO, "New signing keys are published."),
    "login_succeeded": ("consumer", logging.INFO, "A user signs in at a provider."),
    "login_failed": (
        "consumer",
        logging.WARNING,
        "A sign-in at a provider fails. The reason may quote the provider.",
    ),
    "userinfo_unavailable": (
        "consumer",
        logging.WARNING,
        "A user signs in with the claims of the ID token alone.",
    ),
    "token_refreshed": ("consumer", logging.INFO, "A login gets new tokens."),
    "refresh_failed": (
        "consumer",
        logging.WARNING,
        "A login gets no new tokens. With the code invalid_grant, the user must sign in again.",
    ),
    "logged_out": ("consumer", logging.INFO, "A login ends."),
    "logout_failed": (
        "consumer",
        logging.WARNING,
        "A login ends here, but its session or tokens at the provider may go on.",
    ),
    "store_unavailable": ("edge", logging.ERROR, "The database cannot be used right now."),
    "request_failed": (
        "edge",
        logging.ERROR,
        "A request fails unexpectedly. The traceback follows.",
    ),
}
"""The logger, the level and the meaning of each event."""

address: ContextVar[str] = ContextVar("address", default="")
"""The address that the current request came from; empty if it is unknown."""


@dataclass(frozen=True, slots=True)
class Event:
    """An event, for the application's hook.

    Args:
        name: a key of ``EVENTS``.
        fields: what is known of ``client_id``, ``user`` (the ``sub``), ``grant`` (the type),
            ``address``, ``reason``, ``redirect_uri`` and, at a consumer, ``provider``.
    """

    name: str
    fields: Mapping[str, str]


OnEvent = Callable[[Event], None]

_hooks: list[OnEvent] = []


def on_event(hook: OnEvent) -> None:
    """Call a function for each event in this process, to count it, for example.

    Args:
        hook: is called in the thread of the request, so it must be quick. If it raises, the error
            is logged and the request goes on.
    """
    _hooks.append(hook)


def report(name: str, *, exc_info: bool = False, **fields: str | None) -> None:
    """Log an event, and call the hooks.

    Args:
        name: a key of ``EVENTS``.
        exc_info: whether to log the exception that is being handled.
        fields: what is known about the event. ``None`` and empty values are left out.
    """
    area, level, _meaning = EVENTS[name]
    logger = logging.getLogger(f"shared_validator.{area}")
    if not _hooks and not logger.isEnabledFor(level):
        return
    known = {
        key: value[:MAX_FIELD]
        for key, value in {**fields, "address": address.get()}.items()
        if value
    }
    # JSON keeps each value on the line, whatever a stranger sent.
    said = " ".join((name, *(f"{key}={json.dumps(value)}" for key, value in known.items())))
    logger.log(level, "%s", said, extra={"event": name, "fields": known}, exc_info=exc_info)
    for hook in _hooks:
        try:
            hook(Event(name, known))
        except Exception:
            logger.exception("a hook for events failed")


_Error = TypeVar("_Error", bound=Exception)


def because(error: _Error, reason: str) -> _Error:
    """Give an error of oauthlib a reason for the log, which the response does not reveal."""
    error.reason = reason  # type: ignore[attr-defined]
    return error


def reason_of(error: Any) -> str:
    """Return why an error of oauthlib was raised: its ``error`` code, and what is known beyond it."""
    details = getattr(error, "reason", None) or error.description
    return f"{error.error}: {details}" if details else str(error.error)


class JSONLines(logging.Formatter):
    """Formats each record as one line of JSON: time, level, logger, then the event and its fields."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
        }
        event = getattr(record, "event", None)
        line |= (
            {"event": event, **record.__dict__["fields"]}
            if event
            else {"message": record.getMessage()}
        )
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line)


FORMATS = ("text", "json")


def use_format(name: str) -> None:
    """Write the log in a format, for a provider or consumer that starts.

    Args:
        name: ``text`` leaves the log to the application's own configuration. ``json`` writes every
            event as a line of JSON to standard error.
    """
    logger = logging.getLogger("shared_validator")
    if name == "text" or any(isinstance(h.formatter, JSONLines) for h in logger.handlers):
        return
    handler = logging.StreamHandler()
    handler.setFormatter(JSONLines())
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
