"""Signing keys and their rotation.

A key is published before it signs, and stays published until everything it signed has expired.
"""

from __future__ import annotations

import json
import threading
from typing import Any

from joserfc.jwk import ECKey, Key, RSAKey

from shared_validator import events
from shared_validator.context import Context
from shared_validator.settings import SettingsError
from shared_validator.store import SigningKey
from shared_validator.vault import VaultError

ALGORITHMS = ("RS256", "ES256")
"""The algorithms for ID tokens (OpenID Connect Core §15.1 requires RS256)."""

CACHE_SECONDS = 60
"""How long a process uses its copy of the keys."""

PUBLISH_SECONDS = 900
"""How long a new key is published before it signs: longer than verifiers cache the key set."""

_PURPOSE = "signing key"


class KeyRing:
    """The signing keys of a provider, read from its store and cached for a minute."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._lock = threading.Lock()
        self._loaded_at = 0.0
        self._keys: list[tuple[SigningKey, Key]] = []

    def signing_key(self, algorithm: str) -> Key:
        """Return the current signing key for ``algorithm``, the last one that became active.

        The very first call creates it. It must not be within a transaction: this process would keep
        a key that is rolled back.
        """
        now = self._context.now()
        # Another process may have created it since we last read the keys.
        candidates = self._active(algorithm, now) or self._reloaded(algorithm, now)
        if not candidates:
            self._save_first(algorithm, now)
            candidates = self._reloaded(algorithm, now)
        # Two rotations at once make two keys. The identifier breaks the tie in the same way for
        # every process.
        return max(candidates, key=lambda entry: (entry[0].active_from, entry[0].kid))[1]

    def _active(self, algorithm: str, now: int) -> list[tuple[SigningKey, Key]]:
        return [
            entry
            for entry in self._current()
            if entry[0].algorithm == algorithm and entry[0].active_from <= now
        ]

    def _reloaded(self, algorithm: str, now: int) -> list[tuple[SigningKey, Key]]:
        self._load()
        return self._active(algorithm, now)

    def find(self, kid: str) -> Key | None:
        """Return the published key with this identifier.

        An unknown key is looked up in the store, because another process may have created it.
        """
        for load in (self._current, self._load):
            for record, key in load():
                if record.kid == kid:
                    return key
        return None

    def check(self) -> None:
        """Check that the secret key decrypts the signing keys.

        A provider calls this at its start, so that a wrong key does not fail at the first ID token.

        Raises:
            SettingsError: the keys were encrypted with another ``OAUTH_SECRET_KEY``.
        """
        try:
            self._load()
        except VaultError as error:
            raise SettingsError(
                "OAUTH_SECRET_KEY: does not open the signing keys in the database; another key sealed them"
            ) from error

    def jwks(self) -> dict[str, Any]:
        """Return the JSON Web Key Set of the published keys, without private parts (RFC 7517 §5).

        It is always read from the store: another process may already sign with a new key, and the
        client needs it to verify.
        """
        for algorithm in ALGORITHMS:
            self.signing_key(algorithm)
        return {
            "keys": [
                {**key.as_dict(private=False), "use": "sig", "alg": record.algorithm}
                for record, key in self._load()
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
            + CACHE_SECONDS
            + max(settings.access_token_seconds, settings.id_token_seconds)
        )
        for record in self._context.store.signing_keys():
            if record.expires_at is None:
                self._context.store.save_signing_key(
                    SigningKey(
                        kid=record.kid,
                        algorithm=record.algorithm,
                        sealed_key=record.sealed_key,
                        active_from=record.active_from,
                        expires_at=expires_at,
                    )
                )
        made = [self._save(algorithm, active_from) for algorithm in ALGORITHMS]
        self._load()
        events.report("keys_rotated", reason=f"published {' and '.join(made)}")
        return made

    def _save_first(self, algorithm: str, now: int) -> None:
        """Create the first key for ``algorithm``, in one of the processes that try it at once."""
        store, made = self._context.store, self._new(algorithm, active_from=now)

        def save() -> None:
            # Others that count wait until this transaction ends, and then see its key.
            store.count(f"first signing key: {algorithm}", CACHE_SECONDS, now)
            if not any(
                key.algorithm == algorithm
                and key.active_from <= now
                and (key.expires_at is None or key.expires_at > now)
                for key in store.signing_keys()
            ):
                store.save_signing_key(made)

        store.transact(save)

    def _save(self, algorithm: str, active_from: int) -> str:
        made = self._new(algorithm, active_from)
        self._context.store.save_signing_key(made)
        return made.kid

    def _new(self, algorithm: str, active_from: int) -> SigningKey:
        key: Key = (
            RSAKey.generate_key(2048) if algorithm == "RS256" else ECKey.generate_key("P-256")
        )
        key.ensure_kid()
        sealed = self._context.vault.seal(_PURPOSE, json.dumps(key.as_dict(private=True)).encode())
        return SigningKey(
            kid=str(key.kid),
            algorithm=algorithm,
            sealed_key=sealed,
            active_from=active_from,
            expires_at=None,
        )

    def _current(self) -> list[tuple[SigningKey, Key]]:
        if self._context.clock() - self._loaded_at > CACHE_SECONDS:
            return self._load()
        return self._keys

    def _load(self) -> list[tuple[SigningKey, Key]]:
        with self._lock:
            now = self._context.now()
            known = {record.kid: key for record, key in self._keys}
            self._keys = [
                (record, known.get(record.kid) or self._open(record))
                for record in self._context.store.signing_keys()
                if record.expires_at is None or record.expires_at > now
            ]
            self._loaded_at = self._context.clock()
            return self._keys

    def _open(self, record: SigningKey) -> Key:
        data = json.loads(self._context.vault.open(_PURPOSE, record.sealed_key))
        return RSAKey.import_key(data) if data["kty"] == "RSA" else ECKey.import_key(data)
