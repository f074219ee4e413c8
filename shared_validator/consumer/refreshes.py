"""Refreshes of logins. Each runs on its own thread, because its answer must be stored.

A provider that rotates refresh tokens has ended the old one when it answers. If a refresh ended
with the request that began it, a user who gives up would lose the login.
"""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable

from shared_validator import events
from shared_validator.consumer.deadlines import Deadline
from shared_validator.consumer.errors import ConsumerError
from shared_validator.http import HTTPProblem

REFRESHES_AT_ONCE = 16
"""How many refreshes of one provider's tokens a process has under way. Others wait for their turn."""


class Refresh:
    """A refresh that was begun.

    Args:
        provider: the provider's name.
        patience: when requests stop waiting for it.
    """

    def __init__(self, provider: str, patience: Deadline) -> None:
        self.provider = provider
        self.patience = patience
        self.has_ended = threading.Event()
        self._token = ""
        self._error: Exception | None = None

    def run(self, work: Callable[[], str]) -> None:
        """Call ``work``, and keep what it returns or raises."""
        try:
            self._token = work()
        except HTTPProblem as error:
            self._error = error
        except Exception as error:
            events.report("request_failed", exc_info=True, reason="a refresh")
            self._error = error

    def token(self) -> str:
        """Return the access token of a refresh that has ended, or raise its error."""
        if isinstance(self._error, ConsumerError):
            raise self._error.again()
        if self._error is not None:
            raise self._error
        return self._token


class Refreshes:
    """The refreshes that are under way in this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._under_way: dict[str, Refresh] = {}

    def begin(
        self, login_id: str, provider: str, patience: Deadline, work: Callable[[], str]
    ) -> Refresh | None:
        """Begin a refresh, unless one of the same login is under way.

        Args:
            login_id: the login.
            provider: the name of its provider.
            patience: when requests stop waiting for it.
            work: refreshes, and returns an access token.

        Returns:
            The refresh that is under way, or ``None`` if there are too many to begin one now.
        """
        with self._lock:
            if login_id in self._under_way:
                return self._under_way[login_id]
            others = [one for one in self._under_way.values() if one.provider == provider]
            if len(others) >= REFRESHES_AT_ONCE:
                return None
            refresh = Refresh(provider, patience)
            # A daemon: a provider that hangs must not keep a process from ending.
            thread = threading.Thread(
                target=contextvars.copy_context().run,
                args=(self._run, login_id, refresh, work),
                daemon=True,
            )
            try:
                thread.start()
            except RuntimeError:  # the system has no more threads
                return None
            self._under_way[login_id] = refresh
        return refresh

    def _run(self, login_id: str, refresh: Refresh, work: Callable[[], str]) -> None:
        try:
            refresh.run(work)
        finally:
            with self._lock:
                del self._under_way[login_id]
            refresh.has_ended.set()
