"""End every signing key at once, because a thief may have them.

Tokens that they have signed are refused from now on.
"""

import time
from dataclasses import replace

from shared_validator.store.sql import SQLStore


def end_signing_keys(store, now):
    for key in store.signing_keys():
        store.save_signing_key(replace(key, expires_at=now))


if __name__ == "__main__":
    end_signing_keys(SQLStore.from_environ(), int(time.time()))
