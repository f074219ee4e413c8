"""What a consumer keeps, each record sealed: an attempt to sign in, until its callback; a login with its tokens, for 30 days."""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from shared_validator.consumer.errors import (
    OTHER_BROWSER,
    SIGNED_OUT,
    UNKNOWN_ATTEMPT,
    ConsumerError,
)
from shared_validator.store import ConsumerStore
from shared_validator.vault import Vault, VaultError, digest

ATTEMPT_SECONDS = 600
LOGIN_SECONDS = 30 * 86400


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One attempt to sign in. Nothing of it is shared with another one, nor with another browser."""

    browser_hash: str
    redirect_uri: str
    code_verifier: str = field(default="", repr=False)
    nonce: str = field(default="", repr=False)
    token_secret: str = field(default="", repr=False)


@dataclass(frozen=True, kw_only=True)
class Tokens:
    """What a provider issued. ``token_secret`` is OAuth 1.0a's; ``expires_at`` is ``None`` where the provider did not say."""

    access_token: str = field(repr=False)
    token_secret: str = field(default="", repr=False)
    refresh_token: str | None = field(default=None, repr=False)
    id_token: str | None = field(default=None, repr=False)
    expires_at: int | None = None
    scope: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Login:
    """Who is signed in, and where.

    Args:
        login_id: a secret that finds this login again; the application keeps it in the visitor's session, and it is all that it keeps.
        provider: the name of the provider.
        subject: who the person is at that provider: never reused there, unlike a name or an e-mail address.
        claims: what the provider says of the person, by the names of OpenID Connect Core §5.1. Written by strangers: escape it.
        scope: what the provider granted, which may be less or more than was asked for.
    """

    login_id: str = field(repr=False)
    provider: str
    subject: str
    claims: Mapping[str, Any]
    scope: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Record:
    """A login with its tokens, as it rests."""

    provider: str
    subject: str
    claims: Mapping[str, Any]
    tokens: Tokens
    ends_at: int

    def login(self, login_id: str) -> Login:
        """Return what the application may see of it."""
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
        store: where they are.
        vault: what seals them.
    """

    store: ConsumerStore
    vault: Vault

    def save_attempt(self, provider: str, state: str, attempt: Attempt, now: int) -> None:
        """Keep an attempt under its ``state``, or under its OAuth 1.0a temporary token."""
        sealed = self.vault.seal(_ATTEMPT, json.dumps(asdict(attempt)).encode())
        self.store.save_sealed(_attempt_name(provider, state), sealed, now + ATTEMPT_SECONDS)

    def claim_attempt(self, provider: str, state: str, browser: str, now: int) -> Attempt:
        """Use up an attempt.

        Raises:
            ConsumerError: there is none with this ``state`` at this provider, it was used, it is too old, or another browser began it.
        """
        values = self._open(_ATTEMPT, self.store.claim_sealed(_attempt_name(provider, state), now))
        if values is None:
            raise ConsumerError(
                UNKNOWN_ATTEMPT, "a state that is unknown, used, expired or of another provider"
            )
        attempt = Attempt(**values)
        if not hmac.compare_digest(attempt.browser_hash, digest(browser).hex()):
            raise ConsumerError(OTHER_BROWSER, "a state of another browser")
        return attempt

    def save_login(self, login_id: str, record: Record) -> None:
        """Keep a login."""
        sealed = self.vault.seal(_LOGIN, json.dumps(asdict(record)).encode())
        self.store.save_sealed(_login_name(login_id), sealed, record.ends_at)

    def login(self, login_id: str, now: int) -> Record | None:
        """Return a login that was not ended."""
        return self._record(self.store.sealed(_login_name(login_id), now))

    def require_login(self, login_id: str, now: int) -> Record:
        """Return a login. Raises ``ConsumerError`` when it was ended."""
        record = self.login(login_id, now)
        if record is None:
            raise ConsumerError(SIGNED_OUT)
        return record

    def end_login(self, login_id: str, now: int) -> Record | None:
        """Delete a login, and return it to the one caller that ended it."""
        return self._record(self.store.claim_sealed(_login_name(login_id), now))

    def replace_tokens(self, login_id: str, tokens: Tokens, now: int) -> bool:
        """Keep new tokens in place of the old ones; ``False`` when the login was ended meanwhile, which a late refresh must not undo."""
        with self.store.transaction():
            record = self.end_login(login_id, now)
            if record is None:
                return False
            self.save_login(login_id, replace(record, tokens=tokens))
            return True

    def _record(self, sealed: bytes | None) -> Record | None:
        values = self._open(_LOGIN, sealed)
        if values is None:
            return None
        tokens = values.pop("tokens")
        return Record(**values, tokens=Tokens(**{**tokens, "scope": tuple(tokens["scope"])}))

    def _open(self, purpose: str, sealed: bytes | None) -> dict[str, Any] | None:
        if sealed is None:
            return None
        try:
            values: dict[str, Any] = json.loads(self.vault.open(purpose, sealed))
        except VaultError:
            # The operator has retired the key: everybody signs in again, nobody sees an error.
            return None
        return values


_ATTEMPT = "consumer attempt"
_LOGIN = "consumer login"


def _attempt_name(provider: str, state: str) -> bytes:
    # A provider chooses OAuth 1.0a's temporary token: with its name in the key it cannot reach another provider's attempt.
    return digest(f"{_ATTEMPT} {provider} {state}")


def _login_name(login_id: str) -> bytes:
    return digest(f"{_LOGIN} {login_id}")
