"""Bearer tokens for an API. One process renews an expired token while the others wait for it."""

from __future__ import annotations

import contextlib
import re
import threading
import time
from collections.abc import Iterator
from dataclasses import replace

import httpx2

from shared_validator import events
from shared_validator.consumer.context import ConsumerContext
from shared_validator.consumer.deadlines import Deadline
from shared_validator.consumer.errors import SIGNED_OUT, ConsumerError, RefreshPending
from shared_validator.consumer.oauth2 import OAuth2
from shared_validator.consumer.records import Record, Records, Tokens
from shared_validator.consumer.steps import Flow, run
from shared_validator.store import StoreUnavailable
from shared_validator.vault import new_secret

EXPIRY_LEEWAY_SECONDS = 30

REFRESH_SECONDS = 120
"""How long a refresh may take in all. It goes on when no request waits for it any longer."""

PATIENCE_SECONDS = 10
"""How long requests wait for a refresh, from its beginning."""

LEASE_SECONDS = 15
"""How long the lock on refreshing a login lasts without being extended: then its owner is dead."""

EXTEND_SECONDS = 5
"""How often the owner extends it."""

STORE_TRIES = 60
"""How often storing new tokens is tried: no other copy of them exists."""

STORE_WAIT_SECONDS = 1

WAIT_SECONDS = 0.1
"""How often a lock or a refresh that is waited for is looked at."""


class Bearer:
    """The access token of a login.

    A provider that rotates refresh tokens treats the second use of one as theft and revokes the
    whole sign-in (RFC 9700 §4.14.2). So if several threads and processes find the same token
    expired, only one of them refreshes it. Its owner extends the lock for as long as the provider
    works. A dead owner cannot keep it, because it ends soon when it is not extended, and a late one
    cannot free the lock of the next, because only its owner can.

    Args:
        context: the consumer.
        protocol: the protocol, which can refresh a token.
    """

    def __init__(self, context: ConsumerContext, protocol: OAuth2) -> None:
        self._context = context
        self._protocol = protocol

    def authorize(self, login_id: str, sent: httpx2.Request) -> Flow[None]:
        """Send a request to the API with the token.

        If the API finds the token expired, renew it and send the request again (RFC 6750 §3.1). If
        the token cannot be renewed, the response is the API's 401.
        """
        token = yield from self.token(login_id)
        sent.headers["Authorization"] = f"Bearer {token}"
        response = yield sent
        if not _is_invalid_token(response):
            return
        renewed = yield from self.token(login_id, rejected=token)
        if renewed != token:
            sent.headers["Authorization"] = f"Bearer {renewed}"
            yield sent

    def token(self, login_id: str, rejected: str | None = None) -> Flow[str]:
        """Return the access token.

        It is refreshed if it expires within 30 seconds or is the ``rejected`` one. If that fails or
        takes too long, a token that is still valid is used until it expires.

        Raises:
            ConsumerError: the login was ended, or the provider cannot be reached. It has the status
                503 and ``Retry-After`` if the refresh is still under way.
        """
        first = self._record(login_id).tokens
        if not self._is_stale(first, rejected):
            return first.access_token
        try:
            return (yield from self._renewed(login_id, first))
        except ConsumerError:
            self._record(login_id)  # raises if the login has ended
            expires_at = first.expires_at or 0
            if first.access_token == rejected or expires_at <= self._context.now():
                raise
            return first.access_token

    def _renewed(self, login_id: str, first: Tokens) -> Flow[str]:
        """Wait for the refresh, which this request or another one begins."""
        patience, pause = Deadline(PATIENCE_SECONDS), WAIT_SECONDS / 10
        refresh = None
        while True:
            refresh = refresh or self._context.refreshes.begin(
                login_id, self._protocol.name, patience, lambda: self._refresh(login_id, first)
            )
            if refresh and refresh.has_ended.is_set():
                return refresh.token()
            if (refresh.patience if refresh else patience).has_passed:
                raise RefreshPending(reason="a refresh of the login takes too long to wait for it")
            yield pause
            pause = min(2 * pause, WAIT_SECONDS)

    def _refresh(self, login_id: str, first: Tokens) -> str:
        """Refresh on this thread, when no other process does."""
        owner, deadline = new_secret(), Deadline(PATIENCE_SECONDS)
        try:
            while not self._lock(login_id, owner):
                if deadline.has_passed:
                    raise RefreshPending(reason="another process refreshes the login")
                time.sleep(WAIT_SECONDS)
                tokens = self._record(login_id).tokens
                if tokens != first:
                    return tokens.access_token
            return self._locked(login_id, first, owner)
        except StoreUnavailable as error:
            self._report("refresh_failed", reason=str(error))
            raise
        finally:
            self._context.store.leave_thread()

    def _locked(self, login_id: str, first: Tokens, owner: str) -> str:
        is_known = True
        try:
            # Another holder may have refreshed before we got the lock.
            record = self._record(login_id)
            if record.tokens != first:
                return record.tokens.access_token
            with self._extended(login_id, owner):
                return self._refreshed(login_id, record)
        except ConsumerError as error:
            is_known = not error.may_have_worked
            raise
        finally:
            # The provider may still be working on a refresh without an answer. Sending the same
            # refresh token at once would look like theft, so the lock stays until it ends.
            if is_known:
                with contextlib.suppress(StoreUnavailable):
                    self._records.unlock(login_id, owner, LEASE_SECONDS, self._context.now())

    @contextlib.contextmanager
    def _extended(self, login_id: str, owner: str) -> Iterator[None]:
        """Extend the lock within the block, however long that takes."""
        has_ended = threading.Event()

        def extend() -> None:
            while not has_ended.wait(EXTEND_SECONDS):
                with contextlib.suppress(StoreUnavailable):
                    self._lock(login_id, owner)
            self._context.store.leave_thread()

        thread = threading.Thread(target=extend, daemon=True)
        thread.start()
        try:
            yield
        finally:
            has_ended.set()
            thread.join()

    def _refreshed(self, login_id: str, record: Record) -> str:
        replaces = None
        try:
            new = run(self._protocol.refresh(record.tokens), REFRESH_SECONDS)
        except ConsumerError as error:
            self._report("refresh_failed", user=record.subject, reason=error.reason)
            if error.code != "invalid_grant":
                raise
            # The refresh token is dead. Trying it again would only look like theft.
            new, replaces = replace(record.tokens, refresh_token=None), record.tokens
        else:
            self._report("token_refreshed", user=record.subject)
        # Store it before using it: a rotated refresh token that was not stored is lost.
        stored = self._stored(login_id, new, replaces)
        if stored is None:
            run(self._protocol.end(new))
            raise ConsumerError(SIGNED_OUT)
        return stored.access_token

    def _stored(self, login_id: str, new: Tokens, replaces: Tokens | None) -> Tokens | None:
        for _ in range(STORE_TRIES):
            with contextlib.suppress(StoreUnavailable):
                return self._records.replace_tokens(login_id, new, self._context.now(), replaces)
            time.sleep(STORE_WAIT_SECONDS)
        return self._records.replace_tokens(login_id, new, self._context.now(), replaces)

    def _lock(self, login_id: str, owner: str) -> bool:
        return self._records.lock(login_id, owner, LEASE_SECONDS, self._context.now())

    def _report(self, event: str, *, user: str = "", reason: str = "") -> None:
        events.report(event, provider=self._protocol.name, user=user, reason=reason)

    @property
    def _records(self) -> Records:
        return self._context.records

    def _record(self, login_id: str) -> Record:
        return self._records.require_login(login_id, self._context.now())

    def _is_stale(self, tokens: Tokens, rejected: str | None) -> bool:
        if tokens.refresh_token is None:
            return False
        expires = (
            tokens.expires_at is not None
            and tokens.expires_at <= self._context.now() + EXPIRY_LEEWAY_SECONDS
        )
        return expires or tokens.access_token == rejected


def _is_invalid_token(response: httpx2.Response) -> bool:
    challenges = response.headers.get("www-authenticate", "")
    return (
        response.status_code == 401
        and re.search(r'\bBearer\b.*\berror="?invalid_token\b', challenges, re.IGNORECASE)
        is not None
    )
