"""Storing secrets: as a digest if it is enough to recognise them, otherwise encrypted."""

from __future__ import annotations

import base64
import hashlib
import os
import secrets
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared_validator.store.errors import StoreUnavailable

KEY_BYTES = 32
_NONCE_BYTES = 12


def new_secret() -> str:
    """Return 256 random bits as a URL-safe string: a token, a code or a generated client secret."""
    return secrets.token_urlsafe(32)


def new_identifier() -> str:
    """Return 128 random bits as hexadecimal digits: a new ``client_id`` or ``consumer_key``.

    It never begins with a hyphen, so a command does not take it for an option.
    """
    return secrets.token_hex(16)


TYPED_ALPHABET = "BCDFGHJKLMNPQRSTVWXZ"
"""Letters that are easy to copy from one screen to another (RFC 8628 §6.1).

There are no vowels, so no words, and no two letters look alike.
"""


def new_typed_code(letters: int) -> str:
    """Return a random code for a user to type, with 4.3 bits per letter."""
    return "".join(secrets.choice(TYPED_ALPHABET) for _ in range(letters))


def digest(secret: str) -> bytes:
    """Return the SHA-256 digest for storing a token, code or client secret (RFC 6819 §5.1.4.1.3).

    A fast hash is fine for 256 random bits; users' passwords are hashed with argon2.
    """
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def new_key() -> str:
    """Return a new encryption key in the format of ``OAUTH_SECRET_KEY``."""
    return base64.urlsafe_b64encode(os.urandom(KEY_BYTES)).decode()


class VaultError(StoreUnavailable):
    """A value cannot be decrypted: its key or purpose was another one, or it was altered.

    The store cannot be used until the operator sets the right key.
    """


class Vault:
    """Encrypts values with AES-256-GCM.

    Args:
        keys: 32-byte keys. The first one encrypts, all of them decrypt, so that a key can be
            rotated.
    """

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._ciphers = [AESGCM(key) for key in keys]

    def seal(self, purpose: str, value: bytes) -> bytes:
        """Encrypt ``value`` for a purpose.

        It can only be decrypted for the same ``purpose``, so that it cannot be moved to another
        column.
        """
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._ciphers[0].encrypt(nonce, value, purpose.encode())

    def open(self, purpose: str, sealed: bytes) -> bytes:
        """Decrypt a value from ``seal``. Raises ``VaultError``."""
        return self._open(purpose, sealed)[0]

    def reseal(self, purpose: str, sealed: bytes) -> bytes:
        """Return a value from ``seal``, encrypted with the first key.

        It is ``sealed`` itself if the first key has encrypted it. Raises ``VaultError``.
        """
        value, key = self._open(purpose, sealed)
        return self.seal(purpose, value) if key else sealed

    def _open(self, purpose: str, sealed: bytes) -> tuple[bytes, int]:
        """Return a value from ``seal``, and the number of the key that has encrypted it."""
        nonce, encrypted = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        for number, cipher in enumerate(self._ciphers):
            try:
                return cipher.decrypt(nonce, encrypted, purpose.encode()), number
            except (InvalidTag, ValueError):
                continue
        raise VaultError(f"a sealed {purpose} does not open with the configured keys")
