"""Signing keys and their rotation.

A key is published before it signs, and stays published until everything it signed has expired.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from joserfc.jwk import ECKey, Key, RSAKey

from shared_validator import events
from shared_validator.context import Context
from shared_validator.settings import SettingsError
from shared_validator.store import SigningKey
from shared_validator.vault import UnboundError, VaultError

ALGORITHMS = ("RS256", "ES256")
"""The algorithms for ID tokens (OpenID Connect Core §15.1 requires RS256)."""

CLOCK_SECONDS = 60
"""How far the clocks of several processes may differ."""

PUBLISH_SECONDS = 900
"""How long a new key is published before it signs: longer than verifiers cache the key set."""

SIGNING_KEY = "signing key"
"""The vault's purpose for a signing key."""


_Entry = tuple[SigningKey, Key]


class KeyRing:
    """The signing keys of a provider, read from its store each time, but decrypted only once.

    So a key that another process has ended neither signs nor verifies from that moment.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._entries: list[_Entry] = []

    def signing_key(self, algorithm: str) -> Key:
        """Return the current signing key for ``algorithm``, the last one that became active.

        The very first call creates it. It must not be within a transaction.
        """
        self.create()
        return self.current(algorithm)

    def create(self) -> None:
        """Read the keys, and create those that are missing. It must not be within a transaction."""
        entries, now = self._load(), self._context.now()
        missing = [name for name in ALGORITHMS if not _active(entries, name, now)]
        for algorithm in missing:
            self._save_first(algorithm, now)
        if missing:
            self._load()

    def current(self, algorithm: str) -> Key:
        """Return the signing key for ``algorithm`` among those that ``create`` has just read."""
        if not _active(self._entries, algorithm, self._context.now()):
            self.create()
        candidates = _active(self._entries, algorithm, self._context.now())
        # Two rotations at once make two keys. The identifier breaks the tie in the same way for
        # every process.
        return max(candidates, key=lambda entry: (entry[0].active_from, entry[0].kid))[1]

    def find(self, kid: str) -> Key | None:
        """Return the published key with this identifier."""
        return next((key for record, key in self._load() if record.kid == kid), None)

    def check(self) -> None:
        """Check that the secret key decrypts the signing keys.

        A provider calls this at its start, so that a wrong key does not fail at the first ID token.

        Raises:
            SettingsError: the keys were encrypted with another ``OAUTH_SECRET_KEY``, or by an
                earlier version.
        """
        try:
            self._load()
        except UnboundError as error:
            raise SettingsError(f"OAUTH_SECRET_KEY: {error}") from error
        except VaultError as error:
            raise SettingsError(
                "OAUTH_SECRET_KEY: does not open the signing keys in the database; another key sealed them"
            ) from error

    def jwks(self) -> dict[str, Any]:
        """Return the JSON Web Key Set of the published keys, without private parts (RFC 7517 §5)."""
        self.create()
        return {
            "keys": [
                {**key.as_dict(private=False), "use": "sig", "alg": record.algorithm}
                for record, key in self._entries
            ]
        }

    def rotate(self) -> list[str]:
        """Publish a new key for each algorithm and retire the old ones. Return the new identifiers.

        The new key signs after ``PUBLISH_SECONDS``. The old keys are removed once the last token
        that they may have signed has expired.
        """
        active_from = self._context.now() + PUBLISH_SECONDS
        settings = self._context.settings
        expires_at = (
            active_from
            + CLOCK_SECONDS
            + max(settings.access_token_seconds, settings.id_token_seconds)
        )
        return self._replace(active_from, lambda record: record.expires_at or expires_at)

    def rotate_now(self) -> list[str]:
        """End all keys at once and publish new ones, which sign from now on. Return their identifiers.

        Use it if a key may have been stolen: nothing that an old key signed, or will sign, is
        accepted. (Other verifiers notice when they fetch the key set again.)
        """
        # Zero, so that a server whose clock is behind ends them too.
        return self._replace(self._context.now(), lambda record: 0)

    def _replace(self, active_from: int, expires_at: Callable[[SigningKey], int]) -> list[str]:
        store = self._context.store
        made = [self._new(algorithm, active_from) for algorithm in ALGORITHMS]

        def save() -> None:
            for record in store.signing_keys():
                store.save_signing_key(replace(record, expires_at=expires_at(record)))
            for record in made:
                store.save_signing_key(record)

        store.transact(save)
        kids = [record.kid for record in made]
        events.report("keys_rotated", reason=f"published {' and '.join(kids)}")
        return kids

    def _save_first(self, algorithm: str, now: int) -> None:
        """Create the first key for ``algorithm``, in one of the processes that try it at once."""
        store, made = self._context.store, self._new(algorithm, active_from=now)

        def save() -> None:
            # Others that count wait until this transaction ends, and then see its key.
            store.count(f"first signing key: {algorithm}", CLOCK_SECONDS, now)
            if not any(
                key.algorithm == algorithm
                and key.active_from <= now
                and (key.expires_at is None or key.expires_at > now)
                for key in store.signing_keys()
            ):
                store.save_signing_key(made)

        store.transact(save)

    def _new(self, algorithm: str, active_from: int) -> SigningKey:
        key: Key = (
            RSAKey.generate_key(2048) if algorithm == "RS256" else ECKey.generate_key("P-256")
        )
        key.ensure_kid()
        kid = str(key.kid)
        private = json.dumps(key.as_dict(private=True)).encode()
        return SigningKey(
            kid=kid,
            algorithm=algorithm,
            sealed_key=self._context.vault.seal(SIGNING_KEY, kid, private),
            active_from=active_from,
            expires_at=None,
        )

    def _load(self) -> list[_Entry]:
        now = self._context.now()
        current = [
            record
            for record in self._context.store.signing_keys()
            if record.expires_at is None or record.expires_at > now
        ]
        known = {record.kid: key for record, key in self._entries}
        # A new list, so that no lock is held while the store answers.
        self._entries = [
            (record, known.get(record.kid) or self._open(record)) for record in current
        ]
        return self._entries

    def _open(self, record: SigningKey) -> Key:
        data = json.loads(self._context.vault.open(SIGNING_KEY, record.kid, record.sealed_key))
        return RSAKey.import_key(data) if data["kty"] == "RSA" else ECKey.import_key(data)


def _active(entries: list[_Entry], algorithm: str, now: int) -> list[_Entry]:
    return [
        entry
        for entry in entries
        if entry[0].algorithm == algorithm and entry[0].active_from <= now
    ]
