"""Users, their sign-in sessions, clients, and consents."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from shared_validator.store.records import Application, Client, OAuth1Consumer, Session, User


def applications(
    clients: Iterable[Sequence[Any]],
    consumers: Iterable[Sequence[Any]],
) -> list[Application]:
    """Return the applications that a user has let in, each once, sorted by name.

    Args:
        clients: the identifier and name of an OAuth 2 client, with one of its scopes. A client may
            occur several times.
        consumers: the key and name of an OAuth 1.0a consumer, with the scopes of one of its tokens.
            A consumer may occur several times.
    """
    scopes: dict[tuple[str, str, str], dict[str, None]] = {}
    for client_id, name, scope in clients:
        scopes.setdefault((name, "oauth2", client_id), {}).update({scope: None} if scope else {})
    for consumer_key, name, granted in consumers:
        scopes.setdefault((name, "oauth1", consumer_key), {}).update(dict.fromkeys(granted))
    # Sort here, because databases sort letters differently.
    return [
        Application(
            protocol=protocol,
            client_id=client_id,
            name=name,
            scope=tuple(scopes[name, protocol, client_id]),
        )
        for name, protocol, client_id in sorted(scopes, key=lambda key: (key[0].casefold(), *key))
    ]


OWN_API = ("",)
"""The resource of consents to use the provider's own API, in consents."""


def consent_pairs(scope: Sequence[str], resources: Sequence[str]) -> list[tuple[str, str]]:
    """Return the pairs of a resource and a scope that a consent covers, to store a row for each.

    A client that is let in without any scope is one of the user's applications too, so it gets
    pairs with the empty scope.
    """
    scopes = sorted(set(scope)) or [""]
    return [(resource, word) for resource in sorted(set(resources)) for word in scopes]


class Users(ABC):
    """User accounts."""

    @abstractmethod
    def save_user(self, user: User) -> None:
        """Insert the user, or replace the one with the same ``user_id``.

        Raises:
            ValueError: another user has the ``username``.
        """

    @abstractmethod
    def user(self, user_id: str, *, include_disabled: bool = False) -> User | None:
        """Return a user. A disabled one is only returned with ``include_disabled``."""

    @abstractmethod
    def user_by_name(self, username: str, *, include_disabled: bool = False) -> User | None:
        """Return the user who signs in with ``username``.

        A disabled one is only returned with ``include_disabled``.
        """

    @abstractmethod
    def set_password_hash(
        self, user_id: str, password_hash: str, *, instead_of: str | None = None
    ) -> bool:
        """Replace the password hash of a user, in one statement.

        Args:
            user_id: the user.
            password_hash: the new hash.
            instead_of: the hash to replace; any other hash is left unchanged.

        Returns:
            Whether there is such a user, with the hash to replace.
        """

    @abstractmethod
    def set_disabled(self, user_id: str, disabled: bool) -> bool:
        """Disable or enable a user in one statement, and return whether there is such a user."""

    @abstractmethod
    def list_users(self, after: str, limit: int) -> list[User]:
        """Return users by username, disabled ones too.

        Args:
            after: the username after which the list begins; an empty string begins at the first.
            limit: the maximum number of users.
        """

    @abstractmethod
    def delete_user(self, user_id: str) -> None:
        """Delete a user and everything they signed in to or allowed, in one transaction.

        Their sessions, consents, codes, device codes, tokens, and temporary and token credentials
        are deleted with them.

        Raises:
            ValueError: other records of the application forbid the deletion (Django only).
        """


class Sessions(ABC):
    """Sign-in sessions, found by the digest of the browser's identifier."""

    @abstractmethod
    def save_session(self, session: Session) -> None:
        """Insert a sign-in session. Raises ``ValueError`` if its hash already exists."""

    @abstractmethod
    def session(self, session_hash: bytes, now: int) -> Session | None:
        """Return an unexpired session whose user exists and is not disabled."""

    @abstractmethod
    def touch_session(self, session_hash: bytes, now: int, expires_at: int) -> None:
        """Set when a session was last seen (``now``) and when it ends.

        This does not revive a session that has ended or expired.
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
    def client(self, client_id: str, *, include_disabled: bool = False) -> Client | None:
        """Return an OAuth 2 client. A disabled one is only returned with ``include_disabled``."""

    @abstractmethod
    def list_clients(self, after: str, limit: int) -> list[Client]:
        """Return OAuth 2 clients by ``client_id``, disabled ones too; see ``list_users``."""

    @abstractmethod
    def delete_client(self, client_id: str) -> None:
        """Delete an OAuth 2 client and everything that users let it do, in one transaction.

        Its consents, codes, device codes and tokens are deleted with it, so they don't work again
        if its ``client_id`` is registered again.
        """

    @abstractmethod
    def save_oauth1_consumer(self, consumer: OAuth1Consumer) -> None:
        """Insert the consumer, or replace the one with the same ``consumer_key``."""

    @abstractmethod
    def oauth1_consumer(
        self, consumer_key: str, *, include_disabled: bool = False
    ) -> OAuth1Consumer | None:
        """Return an OAuth 1.0a consumer.

        A disabled one is only returned with ``include_disabled``.
        """

    @abstractmethod
    def list_oauth1_consumers(self, after: str, limit: int) -> list[OAuth1Consumer]:
        """Return OAuth 1.0a consumers by key, disabled ones too; see ``list_users``."""

    @abstractmethod
    def delete_oauth1_consumer(self, consumer_key: str) -> None:
        """Delete an OAuth 1.0a consumer and all its credentials, in one transaction."""

    @abstractmethod
    def save_offered_scopes(self, scopes: Collection[str]) -> None:
        """Record the scopes that the provider offers, in place of those recorded before."""

    @abstractmethod
    def offered_scopes(self) -> tuple[str, ...]:
        """Return the recorded scopes, sorted; none if no provider has started yet."""


class Consents(ABC):
    """The consents of users to clients."""

    @abstractmethod
    def save_consent(
        self,
        user_id: str,
        client_id: str,
        scope: Sequence[str],
        now: int,
        resources: Sequence[str] = OWN_API,
    ) -> None:
        """Add scopes that a user lets a client have to the existing ones, in one statement.

        Args:
            user_id: the user.
            client_id: the client.
            scope: the scopes.
            now: the time.
            resources: the resources at which the client may use them (RFC 8707).
        """

    @abstractmethod
    def consent(self, user_id: str, client_id: str, resource: str = OWN_API[0]) -> tuple[str, ...]:
        """Return the scope that a user lets a client have at a resource, which may be empty."""

    @abstractmethod
    def applications(self, user_id: str) -> list[Application]:
        """Return the clients that a user has let in, OAuth 2 and OAuth 1.0a, sorted by name."""

    @abstractmethod
    def revoke_client(self, user_id: str, client_id: str) -> None:
        """Delete a user's consent to an OAuth 2 client, and every code and token issued from it.

        This includes device codes.
        """

    @abstractmethod
    def revoke_oauth1_consumer(self, user_id: str, consumer_key: str) -> None:
        """Delete the credentials that a user gave to an OAuth 1.0a consumer.

        These are token credentials and authorized temporary credentials.
        """

    @abstractmethod
    def revoke_everything_of_user(self, user_id: str) -> None:
        """Delete all that a user let clients and consumers do. Their sessions continue."""

    @abstractmethod
    def revoke_everything_of_client(self, client_id: str) -> None:
        """Delete all consents to an OAuth 2 client, and all its codes and tokens.

        This includes the tokens with which it acts for itself.
        """

    @abstractmethod
    def revoke_everything_of_oauth1_consumer(self, consumer_key: str) -> None:
        """Delete all temporary and token credentials of an OAuth 1.0a consumer."""
