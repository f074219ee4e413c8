"""What a consumer keeps, and what is counted."""

from __future__ import annotations

from abc import ABC, abstractmethod


class SealedValues(ABC):
    """Values that the vault encrypted, under a digest: tokens and sign-in attempts of a consumer."""

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


class Counters(ABC):
    """Counters that start again after a while: tries to sign in, and requests."""

    @abstractmethod
    def count(self, key: str, window_seconds: int, now: int) -> int:
        """Add one to a counter that begins anew after its window, and return it: the first call returns 1."""

    @abstractmethod
    def uncount(self, key: str) -> None:
        """Take one from a counter that has begun: what was counted beforehand has turned out well."""

    @abstractmethod
    def forget_count(self, key: str) -> None:
        """Set a counter back to nothing."""
