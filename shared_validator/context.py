"""The parts of the authorization server."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from shared_validator.accounts.passwords import VerifyPassword, verify_password
from shared_validator.edge.sessions import SignInSessions
from shared_validator.settings import Settings
from shared_validator.store import Store
from shared_validator.vault import Vault


@dataclass(frozen=True)
class Context:
    """The parts that the endpoints and flows share.

    Args:
        settings: the operator's settings.
        store: stores the records.
        scopes: the scopes that clients may request, with their descriptions for the consent page.
        clock: the current time in seconds since 1970.
        verify_password: returns whether a password matches a hash.
    """

    settings: Settings
    store: Store
    scopes: Mapping[str, str]
    clock: Callable[[], float] = time.time
    verify_password: VerifyPassword = verify_password
    vault: Vault = field(init=False)
    sessions: SignInSessions = field(init=False)

    def __post_init__(self) -> None:
        settings = self.settings
        object.__setattr__(self, "vault", Vault(settings.secret_keys))
        sessions = SignInSessions(
            self.store, self.clock, settings.session_seconds, settings.session_idle_seconds
        )
        object.__setattr__(self, "sessions", sessions)

    @property
    def oauth1_scopes(self) -> dict[str, str]:
        """What an OAuth 1.0a consumer gets: everything, except a refresh token, which it lacks."""
        return {name: words for name, words in self.scopes.items() if name != "offline_access"}

    def path(self, path: str) -> str:
        """Return the local URL of a page, below the path of the issuer."""
        return self.settings.base_path + path

    def now(self) -> int:
        """Return the current time in whole seconds since 1970."""
        return int(self.clock())
