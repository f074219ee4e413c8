"""Sign-in sessions in the store, which end at once for every copy (OWASP ASVS 5.0 §7.4).

The browser has an opaque identifier, in the framework's session. The store has its digest. A copied
cookie is worthless once its session has ended.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable, MutableMapping
from typing import Any, Protocol

from shared_validator import pages
from shared_validator.http import BadRequest, Refused, Request, single
from shared_validator.store import Session, Store, User
from shared_validator.vault import digest, new_secret

SESSION_ID = "session_id"
CSRF_TOKEN = "csrf_token"

_TOUCH_SECONDS = 60
"""How old ``last_seen_at`` may be before a request updates it, so that not every request writes."""


class Visitor(Protocol):
    """The visitor of a page: a ``SessionVisitor``, or your own class if you have your own users."""

    @property
    def user_id(self) -> str | None:
        """The signed-in user's identifier, or ``None``."""

    @property
    def auth_time(self) -> int:
        """When that user signed in, in seconds since 1970; 0 without a user."""

    @property
    def csrf_token(self) -> str:
        """The token for the field ``csrf_token`` of this visitor's forms."""

    def log_in(self, user: User) -> None:
        """Start a new session for ``user``, without the data of the old one (session fixation)."""

    def log_out(self, *, everywhere: bool = False) -> None:
        """End the session, and with ``everywhere`` all other sessions of the same user."""


class SignInSessions:
    """The sign-in sessions of a provider's users.

    Args:
        store: stores the sessions.
        clock: the current time in seconds since 1970.
        seconds: the maximum lifetime of a session.
        idle_seconds: how long a session lasts without a request.
    """

    def __init__(
        self, store: Store, clock: Callable[[], float], seconds: int, idle_seconds: int
    ) -> None:
        self._store = store
        self._clock = clock
        self._seconds = seconds
        self._idle_seconds = idle_seconds

    def begin(self, user_id: str, method: str = "password") -> str:
        """Start a session and return its identifier, which only the browser may keep.

        Args:
            user_id: the user who signed in.
            method: how they signed in: ``password``.
        """
        identifier, now = new_secret(), int(self._clock())
        self._store.save_session(
            Session(
                session_hash=digest(identifier),
                user_id=user_id,
                auth_time=now,
                method=method,
                created_at=now,
                last_seen_at=now,
                expires_at=now + min(self._idle_seconds, self._seconds),
            )
        )
        return identifier

    def find(self, identifier: str | None) -> Session | None:
        """Return a live session of a user who exists and may sign in, or ``None``."""
        if not identifier:
            return None
        now = int(self._clock())
        session = self._store.session(digest(identifier), now)
        if session is None:
            return None
        if now - session.last_seen_at >= _TOUCH_SECONDS:
            end = min(now + self._idle_seconds, session.created_at + self._seconds)
            self._store.touch_session(session.session_hash, now, end)
        return session

    def end(self, identifier: str | None) -> None:
        """End a session."""
        if identifier:
            self._store.end_session(digest(identifier))

    def end_all(self, user_id: str) -> None:
        """End every session of a user."""
        self._store.end_sessions(user_id)


class SessionVisitor:
    """The visitor of a page, for any framework whose session is a mapping.

    Create one for each request. It looks up the session once.

    Args:
        sessions: the provider's sign-in sessions.
        session: the framework's session. It has the identifier and, without ``csrf_token``, the
            CSRF token.
        csrf_token: returns the framework's own CSRF token, if it has one.
    """

    def __init__(
        self,
        sessions: SignInSessions,
        session: MutableMapping[str, Any],
        csrf_token: Callable[[], str] | None = None,
    ) -> None:
        self._sessions = sessions
        self._session = session
        self._csrf_token = csrf_token
        self._found: Session | None = None
        self._looked = False

    @property
    def user_id(self) -> str | None:
        """The signed-in user's identifier, or ``None``."""
        found = self._find()
        return found.user_id if found else None

    @property
    def auth_time(self) -> int:
        """When that user signed in; 0 without a user."""
        found = self._find()
        return found.auth_time if found else 0

    @property
    def csrf_token(self) -> str:
        """The CSRF token for this visitor's forms."""
        return self._csrf_token() if self._csrf_token else csrf_token(self._session)

    def log_in(self, user: User) -> None:
        """Start a new session. The old one ends, and the framework's session is cleared."""
        self._sessions.end(self._session.get(SESSION_ID))
        identifier = self._sessions.begin(user.user_id)
        # Do this last: the framework's session may lock the database that the store writes to.
        self._session.clear()
        self._session[SESSION_ID] = identifier
        self._looked = False

    def log_out(self, *, everywhere: bool = False) -> None:
        """End the session, or every session of its user."""
        found = self._find() if everywhere else None
        if found:
            self._sessions.end_all(found.user_id)
        else:
            self._sessions.end(self._session.get(SESSION_ID))
        self._session.clear()
        self._looked = False

    def _find(self) -> Session | None:
        if not self._looked:
            self._found = self._sessions.find(self._session.get(SESSION_ID))
            self._looked = True
        return self._found


class ConsumerSession:
    """A consumer's data in the session of a visitor: a secret that binds a sign-in to this browser, or
    the ID of the login, which is such a secret too. The tokens are in the store.

    Args:
        session: the framework's session.
    """

    def __init__(self, session: MutableMapping[str, Any]) -> None:
        self._session = session

    @property
    def browser(self) -> str:
        """The secret of this browser, created on first use. While signed in, the ID of the login."""
        secret: str = self.login_id or self._session.setdefault("browser", new_secret())
        return secret

    @property
    def login_id(self) -> str | None:
        """The ID of the login, or ``None``."""
        return self._session.get("login_id")

    def begin(self, login_id: str) -> None:
        """Start a new session for a login, without the data of the old one (session fixation).

        A sign-in in another tab can still succeed: it has its own cookie.
        """
        self._session.clear()
        self._session["login_id"] = login_id

    def end(self) -> str | None:
        """Clear the session, and return the ID of the login that ends with it."""
        login_id = self.login_id
        self._session.clear()
        return login_id


def csrf_token(session: MutableMapping[str, Any]) -> str:
    """Return the CSRF token of a session, created on first use."""
    token: str = session.setdefault(CSRF_TOKEN, secrets.token_urlsafe())
    return token


def check_csrf(request: Request, session: MutableMapping[str, Any]) -> None:
    """Refuse a form that does not come from a page of this session.

    Call it for every page, whatever the method, in a framework without a CSRF check.

    Args:
        request: the request.
        session: the framework's session. The token is only looked up: another site's form arrives
            without our cookie, and a new session in the response would sign the visitor out.

    Raises:
        Refused: the field ``csrf_token`` is missing, repeated or another session's.
    """
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return
    known = session.get(CSRF_TOKEN) or ""
    try:
        given = single(request.form, CSRF_TOKEN) or ""
    except BadRequest:
        given = ""
    if not known or not hmac.compare_digest(known.encode(), given.encode("utf-8", "replace")):
        raise Refused(pages.out_of_date())


def sign(value: str, secret: str) -> str:
    """Return a cookie for a framework that stores the value itself: its readers cannot make the cookie.

    Args:
        value: the value.
        secret: what ``session_secret`` returns.
    """
    return f"{value}.{hmac.digest(secret.encode(), value.encode(), 'sha256').hex()}"


def unsign(cookie: str, secret: str) -> str:
    """Return the value of a cookie that ``sign`` made with this secret, or an empty string."""
    value = cookie.rpartition(".")[0]
    return value if hmac.compare_digest(sign(value, secret).encode(), cookie.encode()) else ""
