"""How a Django project hashes passwords as the other stores do."""

from __future__ import annotations

from dataclasses import replace

import argon2
from django.contrib.auth import hashers


class Argon2PasswordHasher(hashers.Argon2PasswordHasher):
    """Django's hasher at the speed that argon2-cffi recommends (RFC 9106 §4), for ``PASSWORD_HASHERS``.

    With Django's own the first sign-in of a user of a seed would store the password anew, and so end a session that begins meanwhile.
    """

    time_cost = argon2.DEFAULT_TIME_COST
    memory_cost = argon2.DEFAULT_MEMORY_COST
    parallelism = argon2.DEFAULT_PARALLELISM

    def must_update(self, encoded: str) -> bool:
        """Say whether a password was hashed otherwise than today, or with a salt of fewer than 16 bytes (RFC 9106 §3.1).

        Django would count a byte of the salt as one of 62 letters and digits, and take 16 random bytes for too few.
        """
        made: argon2.Parameters = self.decode(encoded)["params"]
        return made.salt_len < argon2.DEFAULT_RANDOM_SALT_LENGTH or made != replace(
            self.params(), salt_len=made.salt_len
        )
