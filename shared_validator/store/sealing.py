"""Finding everything that is sealed, to seal it again with another key."""

from __future__ import annotations

from abc import ABC, abstractmethod

SEALED_BY_CONSUMER = ("consumer value",)
"""What a consumer seals."""

SEALED_BY_PROVIDER = (
    "signing key",
    "oauth1 consumer secret",
    "oauth1 previous consumer secret",
    "oauth1 temporary secret",
    "oauth1 token secret",
    "refresh answer",
)
"""What a provider seals."""

Key = str | bytes
"""Identifies the row of a sealed value."""


class Sealing(ABC):
    """The sealed values of a store, whatever record they belong to."""

    @abstractmethod
    def list_sealed(self, kind: str, after: Key | None, limit: int) -> list[tuple[Key, bytes]]:
        """Return sealed values with their keys, by key.

        Args:
            kind: one of ``SEALED_BY_CONSUMER``; in a provider's store, or of ``SEALED_BY_PROVIDER``.
            after: the key after which the list begins; ``None`` begins at the first.
            limit: the maximum number of values.
        """

    @abstractmethod
    def replace_sealed(self, kind: str, key: Key, old: bytes, new: bytes) -> None:
        """Replace a sealed value in one statement, unless it has changed or gone."""
