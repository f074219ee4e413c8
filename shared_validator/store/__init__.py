"""The interface of a store: records, and the steps that must be atomic although many processes take them at once."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import AbstractContextManager

from shared_validator.store.errors import StoreUnavailable
from shared_validator.store.records import (
    AccessToken,
    Application,
    AuthorizationCode,
    Client,
    DeviceCode,
    Note,
    OAuth1Consumer,
    RefreshToken,
    Session,
    SigningKey,
    TemporaryCredentials,
    TokenCredentials,
    User,
)

__all__ = [
    "AccessToken",
    "Application",
    "AuthorizationCode",
    "Client",
    "ConsumerStore",
    "DeviceCode",
    "Note",
    "OAuth1Consumer",
    "RefreshToken",
    "Session",
    "SigningKey",
    "Store",
    "StoreUnavailable",
    "TemporaryCredentials",
    "TokenCredentials",
    "User",
]


class Store(ABC):
    """Where a provider and a consumer keep their records.

    Every method may be called from any thread of any process. A method that writes is one atomic step, durable when it returns; inside
    ``transaction()`` it is durable when that block ends. A step that claims (``claim_*``, ``rotate_*``, ``use_nonce``) is one statement:
    of any number of simultaneous callers exactly one gets the record.
    """

    @abstractmethod
    def transaction(self) -> AbstractContextManager[None]:
        """Join the writes of this thread within the block: all of them at its end, or none when it raises. Not nested.

        Reads before the first write take no lock.
        """

    @abstractmethod
    def ping(self) -> None:
        """Raise an exception when the store cannot be reached."""

    @abstractmethod
    def prune(self, now: int) -> int:
        """Delete what expired before ``now``, in batches that hold no lock for long, and return how many records went.

        Also forgets the ``sealed_answer`` of refresh tokens whose predecessor was rotated more than 600 seconds ago.
        """

    # Users ---------------------------------------------------------------------------------------------------------------------

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
    def set_password_hash(self, user_id: str, password_hash: str, *, instead_of: str | None = None) -> bool:
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

    # Sessions ------------------------------------------------------------------------------------

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

    # Clients -------------------------------------------------------------------------------------------------------------------

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

    # Consent -------------------------------------------------------------------------------------------------------------------

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

    # OAuth 2 -------------------------------------------------------------------------------------------------------------------

    @abstractmethod
    def save_code(self, code: AuthorizationCode) -> None:
        """Insert an authorization code."""

    @abstractmethod
    def claim_code(self, code_hash: bytes, client_id: str, now: int) -> AuthorizationCode | None:
        """Use up a code that was issued to ``client_id``, is unused and has not expired; ``None`` when there is no such code."""

    @abstractmethod
    def code_grant(self, code_hash: bytes, client_id: str) -> bytes | None:
        """Return the ``grant_id`` of a code of ``client_id`` that was claimed, for the revocation that a replay calls for."""

    @abstractmethod
    def save_access_token(self, token: AccessToken) -> None:
        """Insert an access token."""

    @abstractmethod
    def access_token(self, token_hash: bytes) -> AccessToken | None:
        """Return an access token that was not revoked, expired or not."""

    @abstractmethod
    def save_refresh_token(self, token: RefreshToken) -> None:
        """Insert a refresh token."""

    @abstractmethod
    def rotate_refresh_token(self, token_hash: bytes, client_id: str, now: int) -> RefreshToken | None:
        """Use up a refresh token of ``client_id`` that is unused, unrevoked and unexpired; ``None`` when there is no such token."""

    @abstractmethod
    def refresh_token(self, token_hash: bytes) -> RefreshToken | None:
        """Return a refresh token that was not revoked, rotated or not, expired or not."""

    @abstractmethod
    def successor(self, token_hash: bytes) -> RefreshToken | None:
        """Return the refresh token that took the place of this one, unless it was revoked."""

    @abstractmethod
    def revoke_access_token(self, token_hash: bytes) -> None:
        """End one access token."""

    @abstractmethod
    def revoke_grant(self, grant_id: bytes) -> None:
        """End every access and refresh token of a grant."""

    # The device grant ------------------------------------------------------------------------------------------------------------

    @abstractmethod
    def save_device_code(self, code: DeviceCode) -> None:
        """Insert a device code."""

    @abstractmethod
    def device_code_by_user_code(self, user_code_hash: bytes, now: int) -> DeviceCode | None:
        """Return the pending, unexpired device code that shows this user code."""

    @abstractmethod
    def answer_device_code(self, user_code_hash: bytes, user_id: str, auth_time: int, approved: bool, now: int) -> bool:
        """Record a person's answer to a pending, unexpired device code; ``False`` when there is none, as when it was answered before."""

    @abstractmethod
    def claim_device_code(self, device_code_hash: bytes, client_id: str, now: int) -> DeviceCode | None:
        """Use up an approved, unexpired device code of ``client_id``; ``None`` when there is no such code."""

    @abstractmethod
    def poll_device_code(self, device_code_hash: bytes, client_id: str, now: int) -> DeviceCode | None:
        """Note the time of a poll, and return the record as it was before (its ``polled_at`` is the time of the previous poll)."""

    @abstractmethod
    def slow_down_device_code(self, device_code_hash: bytes, seconds: int) -> None:
        """Lengthen the interval of a device that polls too fast by ``seconds`` (RFC 8628 §3.5)."""

    # OAuth 1.0a ------------------------------------------------------------------------------------------------------------------

    @abstractmethod
    def use_nonce(self, nonce_hash: bytes, expires_at: int) -> bool:
        """Record a nonce until ``expires_at``; ``False`` when it is there already."""

    @abstractmethod
    def save_temporary_credentials(self, credentials: TemporaryCredentials) -> None:
        """Insert temporary credentials."""

    @abstractmethod
    def temporary_credentials(self, token_hash: bytes) -> TemporaryCredentials | None:
        """Return temporary credentials that were not claimed, expired or not."""

    @abstractmethod
    def authorize_temporary_credentials(self, token_hash: bytes, user_id: str, verifier_hash: bytes, now: int) -> bool:
        """Record a person's agreement to unexpired, unanswered temporary credentials; ``False`` when there are none."""

    @abstractmethod
    def claim_temporary_credentials(
        self, token_hash: bytes, consumer_key: str, verifier_hash: bytes, now: int
    ) -> TemporaryCredentials | None:
        """Delete and return authorized, unexpired temporary credentials with this verifier; ``None`` when there are none."""

    @abstractmethod
    def delete_temporary_credentials(self, token_hash: bytes) -> None:
        """Delete temporary credentials that a person has refused."""

    @abstractmethod
    def save_token_credentials(self, credentials: TokenCredentials) -> None:
        """Insert token credentials."""

    @abstractmethod
    def token_credentials(self, token_hash: bytes) -> TokenCredentials | None:
        """Return token credentials that were not revoked."""

    # Counting, keys, and what an application keeps -------------------------------------------------------------------------------

    @abstractmethod
    def count(self, key: str, window_seconds: int, now: int) -> int:
        """Add one to a counter that begins anew after its window, and return it: the first call returns 1."""

    @abstractmethod
    def uncount(self, key: str) -> None:
        """Take one from a counter that has begun: what was counted beforehand has turned out well."""

    @abstractmethod
    def forget_count(self, key: str) -> None:
        """Set a counter back to nothing."""

    @abstractmethod
    def save_signing_key(self, key: SigningKey) -> None:
        """Insert a signing key, or replace the one with the same ``kid``."""

    @abstractmethod
    def signing_keys(self) -> list[SigningKey]:
        """Return all signing keys that were not pruned."""

    @abstractmethod
    def save_sealed(self, name: bytes, sealed: bytes, expires_at: int) -> None:
        """Keep a sealed value under a digest, in place of an earlier one: a consumer's tokens."""

    @abstractmethod
    def sealed(self, name: bytes, now: int) -> bytes | None:
        """Return a sealed value that has not expired."""

    @abstractmethod
    def claim_sealed(self, name: bytes, now: int) -> bytes | None:
        """Delete and return a sealed value that has not expired: a sign-in attempt, which ends once."""

    @abstractmethod
    def delete_sealed(self, name: bytes) -> None:
        """Delete a sealed value."""

    @abstractmethod
    def add_note(self, user_id: str, text: str, now: int) -> Note:
        """Insert a note of the example API and return it."""

    @abstractmethod
    def notes(self, user_id: str) -> list[Note]:
        """Return a user's notes, oldest first."""


ConsumerStore = Store
