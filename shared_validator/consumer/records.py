"""The encrypted records of a consumer.

An attempt to sign in is kept until its callback, and a login with its tokens for 30 days.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from shared_validator.consumer.callbacks import Callback, bind
from shared_validator.consumer.errors import (
    NO_COOKIE,
    OTHER_BROWSER,
    SIGNED_OUT,
    UNKNOWN_ATTEMPT,
    ConsumerError,
)
from shared_validator.pages import gettext
from shared_validator.store import ConsumerStore
from shared_validator.vault import Vault, VaultError, digest

ATTEMPT_SECONDS = 600
LOGIN_SECONDS = 30 * 86400


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One attempt to sign in. It shares nothing with other attempts or browsers.

    ``browser_hash`` is of the secret in the session, ``cookie_hash`` of the attempt's own cookie.
    """

    browser_hash: str
    cookie_hash: str = ""
    redirect_uri: str
    code_verifier: str = field(default="", repr=False)
    nonce: str = field(default="", repr=False)
    token_secret: str = field(default="", repr=False)


@dataclass(frozen=True, kw_only=True)
class Tokens:
    """The tokens that a provider issued.

    ``token_secret`` is for OAuth 1.0a. ``expires_at`` is ``None`` if the provider did not say.
    """

    access_token: str = field(repr=False)
    token_secret: str = field(default="", repr=False)
    refresh_token: str | None = field(default=None, repr=False)
    id_token: str | None = field(default=None, repr=False)
    expires_at: int | None = None
    scope: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Login:
    """A user who is signed in at a provider.

    Args:
        login_id: the secret identifier of this login. The application keeps it, and nothing else,
            in the visitor's session.
        provider: the name of the provider.
        subject: the user's identifier at that provider. It is never reused there, unlike a name or
            an e-mail address.
        claims: the provider's claims about the user, with the names of OpenID Connect Core §5.1.
            They are not trusted: escape them.
        scope: the granted scope, which may be less or more than was requested.
    """

    login_id: str = field(repr=False)
    provider: str
    subject: str
    claims: Mapping[str, Any]
    scope: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Record:
    """A login with its tokens, as it is stored.

    ``callbacks`` names the attempts that ended in this browser session.
    """

    provider: str
    subject: str
    claims: Mapping[str, Any]
    tokens: Tokens
    ends_at: int
    callbacks: tuple[str, ...] = ()

    def login(self, login_id: str) -> Login:
        """Return the part that the application may see."""
        return Login(
            login_id=login_id,
            provider=self.provider,
            subject=self.subject,
            claims=self.claims,
            scope=self.tokens.scope,
        )


@dataclass(frozen=True)
class Records:
    """The records of a consumer in its store.

    Args:
        store: the store.
        vault: encrypts them.
    """

    store: ConsumerStore
    vault: Vault

    def save_attempt(self, provider: str, state: str, attempt: Attempt, now: int) -> None:
        """Store an attempt under its ``state``, or under its OAuth 1.0a temporary token.

        The mount sends the browser the attempt's cookie.
        """
        name = attempt_name(provider, state)
        cookie = bind(name, ATTEMPT_SECONDS, now)
        attempt = replace(attempt, cookie_hash=digest(cookie).hex() if cookie else "")
        sealed = self.vault.seal(_ATTEMPT, name, json.dumps(asdict(attempt)).encode())
        self.store.save_sealed(name, sealed, now + ATTEMPT_SECONDS)

    def claim_attempt(self, provider: str, state: str, callback: Callback, now: int) -> Attempt:
        """Use up an attempt.

        Only the browser that started it can. A link scanner or an attacker who opens the callback
        first spoils nothing.

        Raises:
            ConsumerError: there is none with this ``state`` at this provider, it was used or is too
                old, or another browser started it.
        """
        name = attempt_name(provider, state)
        values = self._open(_ATTEMPT, name, self.store.sealed(name, now))
        unknown = ConsumerError(
            UNKNOWN_ATTEMPT, "a state that is unknown, used, expired or of another provider"
        )
        if values is None:
            raise unknown
        attempt = Attempt(**values)
        if not callback.proves(name, (attempt.browser_hash, attempt.cookie_hash)):
            if callback.cookies(name):
                raise ConsumerError(OTHER_BROWSER, "a state of another browser")
            reason = "a state of another browser, or its cookies are lost: none came for it"
            raise ConsumerError(OTHER_BROWSER, reason, hint=gettext(NO_COOKIE))
        # Of two simultaneous callbacks, one claims the attempt.
        if self.store.claim_sealed(name, now) is None:
            raise unknown
        return attempt

    def save_login(self, login_id: str, record: Record) -> None:
        """Store a login."""
        name = _login_name(login_id)
        sealed = self.vault.seal(_LOGIN, name, json.dumps(asdict(record)).encode())
        self.store.save_sealed(name, sealed, record.ends_at)

    def login(self, login_id: str, now: int) -> Record | None:
        """Return a login that has not ended."""
        name = _login_name(login_id)
        return self._record(name, self.store.sealed(name, now))

    def require_login(self, login_id: str, now: int) -> Record:
        """Return a login. Raises ``ConsumerError`` if it has ended."""
        record = self.login(login_id, now)
        if record is None:
            raise ConsumerError(SIGNED_OUT)
        return record

    def end_login(self, login_id: str, now: int) -> Record | None:
        """Delete a login, and return it only to the caller that ended it."""
        name = _login_name(login_id)
        return self._record(name, self.store.claim_sealed(name, now))

    def replace_tokens(
        self, login_id: str, tokens: Tokens, now: int, replaces: Tokens | None = None
    ) -> Tokens | None:
        """Replace the tokens of a login, and return those that are stored then.

        Args:
            login_id: the login. If it has ended meanwhile, nothing is stored and the result is
                ``None``: a late refresh must not undo that.
            tokens: the new tokens.
            now: the current time.
            replaces: the only tokens to replace; ``None`` for any.
        """

        def step() -> Tokens | None:
            record = self.end_login(login_id, now)
            if record is None:
                return None
            new = tokens if replaces in (None, record.tokens) else record.tokens
            self.save_login(login_id, replace(record, tokens=new))
            return new

        return self.store.transact(step)

    def lock(self, login_id: str, owner: str, seconds: int, now: int) -> bool:
        """Take the lock on refreshing a login, or extend it, and return whether it is the owner's.

        It is not if another owner has it.

        Args:
            login_id: the login.
            owner: a random string.
            seconds: how long the lock lasts from now if it is neither freed nor extended.
            now: the current time.
        """
        name = f"{_LOCK} {digest(login_id).hex()}"

        def step() -> bool:
            # Counting is atomic, and the counter starts again after its window.
            if self.store.count(name, seconds, now) != 1:
                sealed = self.store.sealed(digest(name), now)
                if self._open(_LOCK, digest(name), sealed) != {"owner": owner}:
                    return False
                self.store.forget_count(name)
                self.store.count(name, seconds, now)
            sealed = self.vault.seal(_LOCK, digest(name), json.dumps({"owner": owner}).encode())
            self.store.save_sealed(digest(name), sealed, now + seconds)
            return True

        return self.store.transact(step)

    def unlock(self, login_id: str, owner: str, seconds: int, now: int) -> None:
        """Free the lock on refreshing a login if it is still this owner's."""
        name = f"{_LOCK} {digest(login_id).hex()}"

        def step() -> None:
            # Counting first locks the counter's row: no one takes the lock before the delete.
            has_ended = self.store.count(name, seconds, now) == 1
            sealed = self.store.sealed(digest(name), now)
            if has_ended or self._open(_LOCK, digest(name), sealed) == {"owner": owner}:
                self.store.delete_sealed(digest(name))
                self.store.forget_count(name)

        self.store.transact(step)

    def _record(self, name: bytes, sealed: bytes | None) -> Record | None:
        values = self._open(_LOGIN, name, sealed)
        if values is None:
            return None
        tokens = values.pop("tokens")
        callbacks = tuple(values.pop("callbacks", ()))
        scope = tuple(tokens["scope"])
        return Record(**values, callbacks=callbacks, tokens=Tokens(**{**tokens, "scope": scope}))

    def _open(self, purpose: str, name: bytes, sealed: bytes | None) -> dict[str, Any] | None:
        if sealed is None:
            return None
        try:
            values: dict[str, Any] = json.loads(self.vault.open(purpose, name, sealed))
        except VaultError:
            # The operator has retired the key, or the value was moved here from another row: users
            # must sign in again, but see no error.
            return None
        return values


_ATTEMPT = "consumer attempt"
_LOGIN = "consumer login"
_LOCK = "consumer refresh"

PURPOSES = (_ATTEMPT, _LOGIN, _LOCK)
"""The vault's purposes for the records of a consumer."""


def attempt_name(provider: str, state: str) -> bytes:
    """Return the digest that names an attempt."""
    # In OAuth 1.0a the provider chooses the temporary token. With the provider's name in the key,
    # it cannot reach another provider's attempt.
    return digest(f"{_ATTEMPT} {provider} {state}")


def _login_name(login_id: str) -> bytes:
    return digest(f"{_LOGIN} {login_id}")
