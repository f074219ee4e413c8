"""How secrets rest: as a digest where it is enough to recognise them, encrypted where they must be read back."""

from __future__ import annotations

import base64
import hashlib
import os
import secrets
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
_NONCE_BYTES = 12


def new_secret() -> str:
    """Return 256 random bits as URL-safe text: a token, a code or a generated client secret."""
    return secrets.token_urlsafe(32)


TYPED_ALPHABET = "BCDFGHJKLMNPQRSTVWXZ"
"""The letters that a person can copy from one screen to another: no vowels, so no words, and no two that look alike (RFC 8628 §6.1)."""


def new_typed_code(letters: int) -> str:
    """Return a random code for a person to type, of 4.3 bits a letter."""
    return "".join(secrets.choice(TYPED_ALPHABET) for _ in range(letters))


def digest(secret: str) -> bytes:
    """Return the SHA-256 digest under which a token, code or client secret of high entropy is stored (RFC 6819 §5.1.4.1.3).

    One fast hash is right for 256 random bits; a person's password gets argon2 instead.
    """
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def new_key() -> str:
    """Return a fresh encryption key in the form that ``OAUTH_SECRET_KEY`` takes."""
    return base64.urlsafe_b64encode(os.urandom(KEY_BYTES)).decode()


class VaultError(Exception):
    """A sealed value does not open: it was sealed with another key, for another purpose, or was altered."""


class Vault:
    """Encrypts what must be read back, with AES-256-GCM.

    Args:
        keys: 32-byte keys. The first one seals; all of them open, so that a key can be rotated.
    """

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._ciphers = [AESGCM(key) for key in keys]

    def seal(self, purpose: str, value: bytes) -> bytes:
        """Encrypt ``value``; it opens for the same ``purpose`` only, so that a sealed value cannot be moved to another column."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._ciphers[0].encrypt(nonce, value, purpose.encode())

    def open(self, purpose: str, sealed: bytes) -> bytes:
        """Decrypt what ``seal`` returned. Raises ``VaultError``."""
        for cipher in self._ciphers:
            try:
                return cipher.decrypt(
                    sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], purpose.encode()
                )
            except (InvalidTag, ValueError):
                continue
        raise VaultError(f"a sealed {purpose} does not open with the configured keys")
