"""Bearer tokens for an API. One process renews an expired token while the others wait for it."""

from __future__ import annotations

import re
from dataclasses import replace

import httpx2

from shared_validator.consumer.context import ConsumerContext
from shared_validator.consumer.errors import SIGNED_OUT, UNAVAILABLE, ConsumerError
from shared_validator.consumer.oauth2 import OAuth2
from shared_validator.consumer.records import Record, Records, Tokens
from shared_validator.consumer.steps import Flow, within
from shared_validator.vault import new_secret

EXPIRY_LEEWAY_SECONDS = 30
REFRESH_SECONDS = 40
"""How long a refresh may take in all. Its outcome is known before another one can begin."""

LOCK_SECONDS = 60
"""Longer than a refresh can take: after this time the holder of the lock is considered dead."""

WAIT_SECONDS = 0.1


class Bearer:
    """The access token of a login.

    A provider that rotates refresh tokens treats the second use of one as theft and revokes the
    whole sign-in (RFC 9700 §4.14.2). So if several threads and processes find the same token
    expired, only one of them refreshes it. A dead holder cannot keep the lock, because it ends
    after a while, and a late one cannot free the lock of the next, because a lock has an owner.

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

        It is refreshed if it expires within 30 seconds or is the ``rejected`` one.

        Raises:
            ConsumerError: the login was ended, or the provider cannot be reached.
        """
        first = self._record(login_id).tokens
        if not self._is_stale(first, rejected):
            return first.access_token
        owner = new_secret()
        for _ in range(round(LOCK_SECONDS / WAIT_SECONDS)):
            if self._records.lock(login_id, owner, LOCK_SECONDS, self._context.now()):
                return (yield from self._locked(login_id, first, owner))
            yield WAIT_SECONDS
            tokens = self._record(login_id).tokens
            if tokens != first:
                return tokens.access_token
        raise ConsumerError(UNAVAILABLE, "waited too long for another refresh of the same login")

    def _locked(self, login_id: str, first: Tokens, owner: str) -> Flow[str]:
        is_known = True
        try:
            # Another holder may have refreshed before we got the lock.
            tokens = self._record(login_id).tokens
            if tokens != first:
                return tokens.access_token
            return (yield from self._refreshed(login_id, tokens))
        except ConsumerError as error:
            is_known = not error.may_have_worked
            raise
        finally:
            # The provider may still be working on a refresh without an answer. Sending the same
            # refresh token at once would look like theft, so the lock stays until it ends.
            if is_known:
                self._records.unlock(login_id, owner, LOCK_SECONDS, self._context.now())

    def _refreshed(self, login_id: str, tokens: Tokens) -> Flow[str]:
        replaces = None
        try:
            new = yield from within(REFRESH_SECONDS, self._protocol.refresh(tokens))
        except ConsumerError as error:
            if error.code != "invalid_grant":
                raise
            # The refresh token is dead. Trying it again would only look like theft.
            new, replaces = replace(tokens, refresh_token=None), tokens
        # Store it before using it: a rotated refresh token that was not stored is lost.
        stored = self._records.replace_tokens(login_id, new, self._context.now(), replaces)
        if stored is None:
            yield from self._protocol.end(new)
            raise ConsumerError(SIGNED_OUT)
        return stored.access_token

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
