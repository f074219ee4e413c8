"""Signing keys."""

from __future__ import annotations

from abc import ABC, abstractmethod

from shared_validator.store.records import SigningKey


class SigningKeys(ABC):
    """The private keys that sign tokens."""

    @abstractmethod
    def save_signing_key(self, key: SigningKey) -> None:
        """Insert a signing key, or replace the one with the same ``kid``."""

    @abstractmethod
    def signing_keys(self) -> list[SigningKey]:
        """Return all signing keys that have not been pruned."""
