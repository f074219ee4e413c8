"""What every part of the authorization server is built from."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from shared_validator.http import Request, Response
from shared_validator.settings import Settings
from shared_validator.store import Store, User
from shared_validator.vault import Vault


@dataclass(frozen=True)
class Context:
    """The parts that the endpoints and flows share.

    Args:
        settings: the operator's decisions.
        store: where records live.
        scopes: each scope that a client may ask for, with the words that the consent page shows for it.
        clock: the current time in seconds since 1970.
    """

    settings: Settings
    store: Store
    scopes: Mapping[str, str]
    clock: Callable[[], float] = time.time
    vault: Vault = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "vault", Vault(self.settings.secret_keys))

    def now(self) -> int:
        """Return the current time in whole seconds since 1970."""
        return int(self.clock())


@dataclass(frozen=True)
class Endpoint:
    """A route that only machines call.

    Args:
        name: unique among the endpoints, usable as a route name (``oauth2_token``).
        path: where it is mounted.
        methods: the HTTP methods it answers; ``HEAD`` wherever there is ``GET``.
        handler: what answers.
    """

    name: str
    path: str
    methods: tuple[str, ...]
    handler: Callable[[Request], Response]


class Visitor(Protocol):
    """Who is looking at a page: an application writes this once, over its framework's session."""

    @property
    def user_id(self) -> str | None:
        """The signed-in user's identifier, or ``None``."""

    @property
    def auth_time(self) -> int:
        """When that user last typed a password, in seconds since 1970; 0 when nobody is signed in."""

    @property
    def csrf_token(self) -> str:
        """The token that a form of this visitor sends back in its field ``csrf_token``."""

    def log_in(self, user: User) -> None:
        """Begin a new session for ``user`` (never the old one with another user in it: RFC 9700 says nothing, session fixation does)."""

    def log_out(self) -> None:
        """End the session."""


@dataclass(frozen=True)
class Page:
    """A route for people that every provider would repeat alike. The application has checked the CSRF token of a POST before it calls."""

    name: str
    path: str
    methods: tuple[str, ...]
    handler: Callable[[Request, Visitor], Response]
