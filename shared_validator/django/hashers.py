"""A password hasher for Django that matches the other stores."""

from __future__ import annotations

from dataclasses import replace

import argon2
from django.contrib.auth import hashers


class Argon2PasswordHasher(hashers.Argon2PasswordHasher):
    """Django's hasher with the parameters of argon2-cffi (RFC 9106 §4), for ``PASSWORD_HASHERS``.

    With Django's own hasher, the first sign-in of a user from a seed would rehash the password,
    which ends a session that begins meanwhile.
    """

    time_cost = argon2.DEFAULT_TIME_COST
    memory_cost = argon2.DEFAULT_MEMORY_COST
    parallelism = argon2.DEFAULT_PARALLELISM

    def must_update(self, encoded: str) -> bool:
        """Return whether a hash has outdated parameters or a salt under 16 bytes (RFC 9106 §3.1).

        Django would count each byte of the salt as one of 62 letters and digits, and find 16 random
        bytes too few.
        """
        made: argon2.Parameters = self.decode(encoded)["params"]
        return made.salt_len < argon2.DEFAULT_RANDOM_SALT_LENGTH or made != replace(
            self.params(), salt_len=made.salt_len
        )
