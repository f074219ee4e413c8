"""A password hasher for Django that matches the other stores."""

from __future__ import annotations

from dataclasses import replace

import argon2
from django.contrib.auth import hashers

from shared_validator.accounts.passwords import PARALLELISM, UNACCEPTABLE, prepared
from shared_validator.accounts.turns import turns


class Argon2PasswordHasher(hashers.Argon2PasswordHasher):
    """Django's hasher with our parameters, for ``PASSWORD_HASHERS``.

    It limits how many passwords are hashed at once, like the other stores.

    With Django's own hasher, the first sign-in of a user from a seed would rehash the password,
    which ends a session that begins meanwhile.
    """

    time_cost = argon2.DEFAULT_TIME_COST
    memory_cost = argon2.DEFAULT_MEMORY_COST
    parallelism = PARALLELISM

    def encode(self, password: str, salt: str) -> str:
        """Return the hash of a password, in whatever form a keyboard sends it (RFC 8265 §4.2).

        Raises:
            ValueError: the password is empty, too long, or has control characters.
            HashingBusy: too many passwords are being hashed right now.
        """
        text = prepared(password)
        if text is None:
            raise ValueError(UNACCEPTABLE)
        with turns.take():
            return super().encode(text, salt)

    def verify(self, password: str, encoded: str) -> bool:
        """Return whether a password matches a hash. Raises ``HashingBusy``."""
        text = prepared(password)
        if text is None:
            return False
        with turns.take():
            if super().verify(text, encoded):
                return True
            # Earlier versions, and Django's own hasher, hashed what was typed. Their parameters are
            # other ones, and Django replaces such a hash at the sign-in.
            return (
                text != password and self.must_update(encoded) and super().verify(password, encoded)
            )

    def must_update(self, encoded: str) -> bool:
        """Return whether a hash has outdated parameters or a salt under 16 bytes (RFC 9106 §3.1).

        Django would count each byte of the salt as one of 62 letters and digits, and find 16 random
        bytes too few.
        """
        made: argon2.Parameters = self.decode(encoded)["params"]
        return made.salt_len < argon2.DEFAULT_RANDOM_SALT_LENGTH or made != replace(
            self.params(), salt_len=made.salt_len
        )
