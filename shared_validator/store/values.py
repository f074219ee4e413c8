"""What a consumer keeps, and what is counted."""

from __future__ import annotations

from abc import ABC, abstractmethod


class SealedValues(ABC):
    """Values that the vault encrypted, under a digest: a consumer's tokens and attempts."""

    @abstractmethod
    def save_sealed(self, name: bytes, sealed: bytes, expires_at: int) -> None:
        """Keep a sealed value under a digest, in place of an earlier one."""

    @abstractmethod
    def sealed(self, name: bytes, now: int) -> bytes | None:
        """Return a sealed value that has not expired."""

    @abstractmethod
    def claim_sealed(self, name: bytes, now: int) -> bytes | None:
        """Delete and return a sealed value that has not expired, for one caller only."""

    @abstractmethod
    def delete_sealed(self, name: bytes) -> None:
        """Delete a sealed value."""


class Counters(ABC):
    """Counters that start again after a while: tries to sign in, and requests."""

    @abstractmethod
    def count(self, key: str, window_seconds: int, now: int) -> int:
        """Add one to a counter that starts again after its window, and return it.

        The first call returns 1.
        """

    @abstractmethod
    def uncount(self, key: str) -> None:
        """Take one from a counter that has begun, when what was counted turned out well."""

    @abstractmethod
    def forget_count(self, key: str) -> None:
        """Set a counter back to nothing."""
