"""The sealed values of a consumer, and counters."""

from __future__ import annotations

from abc import ABC, abstractmethod


class SealedValues(ABC):
    """Encrypted values under a digest: a consumer's tokens and attempts."""

    @abstractmethod
    def save_sealed(self, name: bytes, sealed: bytes, expires_at: int) -> None:
        """Save a sealed value under a digest, replacing an earlier one."""

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
        """Subtract one from a counter that has started, because the counted try succeeded."""

    @abstractmethod
    def forget_count(self, key: str) -> None:
        """Reset a counter."""
