"""Storing secrets: as a digest if it is enough to recognise them, otherwise encrypted."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from collections.abc import Sequence
from contextlib import suppress

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


def typed_code(letters: int, random: bytes) -> str:
    """Return a code for a user to type, with 4.3 bits per letter, from 32 random bytes."""
    number, code = int.from_bytes(random), ""
    while len(code) < letters:
        number, letter = divmod(number, len(TYPED_ALPHABET))
        code += TYPED_ALPHABET[letter]
    return code


def digest(secret: str) -> bytes:
    """Return the SHA-256 digest for storing a token, code or client secret (RFC 6819 §5.1.4.1.3).

    A fast hash is fine for 256 random bits; users' passwords are hashed with argon2.
    """
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def new_key() -> str:
    """Return a new encryption key in the format of ``OAUTH_SECRET_KEY``."""
    return base64.urlsafe_b64encode(os.urandom(KEY_BYTES)).decode()


class VaultError(StoreUnavailable):
    """A value cannot be decrypted: its key, purpose or row was another one, or it was altered.

    The store cannot be used until the operator sets the right key.
    """


class UnboundError(VaultError):
    """A value of an earlier version, which could be moved to another row: ``reseal`` binds it."""


class Vault:
    """Encrypts values with AES-256-GCM.

    A value can only be decrypted for the same purpose and the same row (the associated data of
    RFC 5116 §2.1). An attacker who can write to the database cannot move it to another column, or to
    their own row.

    Args:
        keys: 32-byte keys. The first one encrypts, all of them decrypt, so that a key can be
            rotated.
    """

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._ciphers = [AESGCM(key) for key in keys]
        self._first_key = keys[0]

    def derive(self, purpose: str, value: str) -> bytes:
        """Return 32 bytes that are the same for the same ``purpose`` and ``value``.

        Without the first key they look random (HMAC-SHA256).
        """
        return hmac.digest(self._first_key, f"{purpose}\0{value}".encode(), "sha256")

    def seal(self, purpose: str, row: str | bytes, value: bytes) -> bytes:
        """Encrypt a value.

        Args:
            purpose: what the value is for: one column of one table.
            row: identifies the row: what the row is looked up by.
            value: the value to encrypt.
        """
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._ciphers[0].encrypt(nonce, value, _associated_data(purpose, row))

    def open(self, purpose: str, row: str | bytes, sealed: bytes) -> bytes:
        """Decrypt a value that was sealed for this purpose and row.

        Raises:
            UnboundError: an earlier version sealed it, for the purpose alone. It is not returned.
            VaultError: it cannot be decrypted.
        """
        return self._bound(purpose, row, sealed)[0]

    def reseal(self, purpose: str, row: str | bytes, sealed: bytes) -> bytes:
        """Return a value from ``seal`` encrypted with the first key, and bound to its row.

        It is ``sealed`` itself if that is so already. A value of an earlier version is accepted,
        although an attacker may have moved it, so call this at the operator's command and never to
        answer a request.

        Raises:
            VaultError: the value cannot be decrypted.
        """
        unbound = self._decrypt(purpose.encode(), sealed)
        value, key = unbound or self._bound(purpose, row, sealed)
        return self.seal(purpose, row, value) if unbound or key else sealed

    def _bound(self, purpose: str, row: str | bytes, sealed: bytes) -> tuple[bytes, int]:
        found = self._decrypt(_associated_data(purpose, row), sealed)
        if found:
            return found
        if self._decrypt(purpose.encode(), sealed):
            raise UnboundError(f"a sealed {purpose} is of an earlier version: {RESEAL}")
        raise VaultError(f"a sealed {purpose} does not open with the configured keys")

    def _decrypt(self, associated_data: bytes, sealed: bytes) -> tuple[bytes, int] | None:
        """Return a value and the number of the key that encrypted it."""
        nonce, encrypted = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        for number, cipher in enumerate(self._ciphers):
            with suppress(InvalidTag, ValueError):
                return cipher.decrypt(nonce, encrypted, associated_data), number
        return None


RESEAL = "run `python -m shared_validator reseal` (`manage.py oauth reseal` in Django)"


def _associated_data(purpose: str, row: str | bytes) -> bytes:
    # A purpose contains no NUL, so no pair equals another, or a purpose alone.
    return purpose.encode() + b"\0" + (row.encode() if isinstance(row, str) else row)
