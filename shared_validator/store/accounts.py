"""Users, their sign-in sessions, the clients, and what users let clients do."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import Any

from shared_validator.store.records import Application, Client, OAuth1Consumer, Session, User


def applications(
    clients: Iterable[Sequence[Any]],
    consumers: Iterable[Sequence[Any]],
) -> list[Application]:
    """Return what a user has let in, each once, sorted by name.

    Args:
        clients: the identifier and the name of an OAuth 2 client, with a scope that it has; it may come again.
        consumers: the key and the name of an OAuth 1.0a consumer, with the scopes of a token that it has; it may come again.
    """
    scopes: dict[tuple[str, str, str], dict[str, None]] = {}
    for client_id, name, scope in clients:
        scopes.setdefault((name, "oauth2", client_id), {}).update({scope: None} if scope else {})
    for consumer_key, name, granted in consumers:
        scopes.setdefault((name, "oauth1", consumer_key), {}).update(dict.fromkeys(granted))
    # Sorted here, since each database has an order of letters of its own.
    return [
        Application(
            protocol=protocol,
            client_id=client_id,
            name=name,
            scope=tuple(scopes[name, protocol, client_id]),
        )
        for name, protocol, client_id in sorted(scopes, key=lambda key: (key[0].casefold(), *key))
    ]


class Users(ABC):
    """People with an account."""

    @abstractmethod
    def save_user(self, user: User) -> None:
        """Insert the user, or replace the one with the same ``user_id``. A ``username`` that another user has raises ``ValueError``."""

    @abstractmethod
    def user(self, user_id: str, *, include_disabled: bool = False) -> User | None:
        """Return a user. A disabled one is returned with ``include_disabled`` only."""

    @abstractmethod
    def user_by_name(self, username: str, *, include_disabled: bool = False) -> User | None:
        """Return the user who signs in with ``username``.

        A disabled one is returned with ``include_disabled`` only.
        """

    @abstractmethod
    def set_password_hash(
        self, user_id: str, password_hash: str, *, instead_of: str | None = None
    ) -> bool:
        """Replace the password hash of a user, in one statement.

        Args:
            user_id: whose it is.
            password_hash: the new one.
            instead_of: the one to replace, when another one must be left alone.

        Returns:
            Whether there is such a user, with the hash to replace.
        """

    @abstractmethod
    def set_disabled(self, user_id: str, disabled: bool) -> bool:
        """Disable or enable a user, in one statement, and return whether there is such a user."""

    @abstractmethod
    def delete_user(self, user_id: str) -> None:
        """Delete a user and everything they signed in to or allowed, in one transaction.

        Their sessions, consents, codes, device codes, tokens, and temporary and token credentials
        are deleted with them.

        Raises:
            ValueError: other records of the application forbid the deletion (Django only).
        """


class Sessions(ABC):
    """Sign-in sessions, found by the digest of what a browser holds."""

    @abstractmethod
    def save_session(self, session: Session) -> None:
        """Insert a sign-in session. Raises ``ValueError`` when its hash is there already."""

    @abstractmethod
    def session(self, session_hash: bytes, now: int) -> Session | None:
        """Return an unexpired session whose user is not disabled."""

    @abstractmethod
    def touch_session(self, session_hash: bytes, now: int, expires_at: int) -> None:
        """Set when a session was last seen (``now``) and when it ends.

        A session that was ended or has expired stays so.
        """

    @abstractmethod
    def sessions(self, user_id: str, now: int) -> list[Session]:
        """Return a user's unexpired sessions, newest first."""

    @abstractmethod
    def end_session(self, session_hash: bytes) -> None:
        """End one session."""

    @abstractmethod
    def end_sessions(self, user_id: str, keep: bytes | None = None) -> None:
        """End all sessions of a user, except the one whose hash is ``keep``."""


class Clients(ABC):
    """OAuth 2 clients and OAuth 1.0a consumers."""

    @abstractmethod
    def save_client(self, client: Client) -> None:
        """Insert the client, or replace the one with the same ``client_id``."""

    @abstractmethod
    def client(self, client_id: str) -> Client | None:
        """Return an OAuth 2 client."""

    @abstractmethod
    def save_oauth1_consumer(self, consumer: OAuth1Consumer) -> None:
        """Insert the consumer, or replace the one with the same ``consumer_key``."""

    @abstractmethod
    def oauth1_consumer(self, consumer_key: str) -> OAuth1Consumer | None:
        """Return an OAuth 1.0a consumer."""


class Consents(ABC):
    """What users let clients do."""

    @abstractmethod
    def save_consent(self, user_id: str, client_id: str, scope: Sequence[str], now: int) -> None:
        """Remember each scope that a user lets a client have, beside those remembered before. One statement."""

    @abstractmethod
    def consent(self, user_id: str, client_id: str) -> tuple[str, ...]:
        """Return the scope that a user lets a client have; empty when none."""

    @abstractmethod
    def applications(self, user_id: str) -> list[Application]:
        """Return the clients that a user has let in, OAuth 2 and OAuth 1.0a, by name."""

    @abstractmethod
    def revoke_client(self, user_id: str, client_id: str) -> None:
        """Forget the consent of a user for an OAuth 2 client, and end every code, device code and token that came of it."""

    @abstractmethod
    def revoke_oauth1_consumer(self, user_id: str, consumer_key: str) -> None:
        """End the token credentials and authorized temporary credentials that a user gave to an OAuth 1.0a consumer."""
