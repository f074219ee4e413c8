"""Nonces and credentials of OAuth 1.0a."""

from __future__ import annotations

from abc import ABC, abstractmethod

from shared_validator.store.records import TemporaryCredentials, TokenCredentials


class OAuth1Store(ABC):
    """Nonces, temporary credentials and token credentials (RFC 5849 §2, §3.3)."""

    @abstractmethod
    def use_nonce(self, nonce_hash: bytes, expires_at: int) -> bool:
        """Record a nonce until ``expires_at``. Return ``False`` if it already exists."""

    @abstractmethod
    def save_temporary_credentials(self, credentials: TemporaryCredentials) -> None:
        """Insert temporary credentials."""

    @abstractmethod
    def temporary_credentials(self, token_hash: bytes) -> TemporaryCredentials | None:
        """Return temporary credentials that have not been claimed, expired or not."""

    @abstractmethod
    def answer_temporary_credentials(
        self, token_hash: bytes, user_id: str, verifier_hash: bytes | None, now: int
    ) -> bool:
        """Record a user's answer to unexpired, unanswered temporary credentials.

        Args:
            token_hash: the digest of their token.
            user_id: the user who answers.
            verifier_hash: the digest of the verifier; ``None`` if the user refuses.
            now: the time.

        Returns:
            ``False`` if there are none.
        """

    @abstractmethod
    def claim_temporary_credentials(
        self, token_hash: bytes, consumer_key: str, verifier_hash: bytes, now: int
    ) -> TemporaryCredentials | None:
        """Delete and return authorized, unexpired temporary credentials with this verifier.

        Return ``None`` if there are none.
        """

    @abstractmethod
    def save_token_credentials(self, credentials: TokenCredentials) -> None:
        """Insert token credentials."""

    @abstractmethod
    def token_credentials(self, token_hash: bytes) -> TokenCredentials | None:
        """Return token credentials that have not been revoked."""
