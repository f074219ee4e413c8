"""The commands for signing keys, and for what is sealed with ``OAUTH_SECRET_KEY``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from shared_validator.context import Context
from shared_validator.grants.refresh_token import ANSWER
from shared_validator.keys import PUBLISH_SECONDS, SIGNING_KEY, KeyRing
from shared_validator.operations.job import Job
from shared_validator.settings import Settings
from shared_validator.store.sealing import SEALED_BY_CONSUMER, Key
from shared_validator.validators.oauth1 import TEMPORARY_SECRET, TOKEN_SECRET
from shared_validator.validators.oauth1_consumer import CONSUMER_SECRET
from shared_validator.vault import Vault, VaultError

_PAGE = 200

_Purposes = Mapping[str, tuple[str, ...]]
"""The vault's purposes of each kind of sealed value."""

_OF_PROVIDER: _Purposes = {
    "signing key": (SIGNING_KEY,),
    "oauth1 consumer secret": (CONSUMER_SECRET,),
    "oauth1 previous consumer secret": (CONSUMER_SECRET,),
    "oauth1 temporary secret": (TEMPORARY_SECRET,),
    "oauth1 token secret": (TOKEN_SECRET,),
    "refresh answer": (ANSWER,),
}


def rotate_keys(job: Job) -> str:
    """``rotate-keys``."""
    ring = KeyRing(Context(Settings.from_environ(job.environ), job.store, {}))
    ring.check()  # servers could not read keys that another OAUTH_SECRET_KEY encrypts
    if job.options.now:
        made = ring.rotate_now()
        return f"published {' and '.join(made)}, which sign now; what other keys have signed is refused"
    made = ring.rotate()
    return f"published {' and '.join(made)}; they sign in {PUBLISH_SECONDS} seconds"


def reseal(job: Job) -> str:
    """``reseal``.

    Each value is replaced in one step unless it has changed meanwhile, so the provider can go on,
    and an interrupted run can be repeated. A value of an earlier version is bound to its row.
    """
    vault, purposes = _sealed_with(job)
    resealed, lost = 0, Counter[str]()
    for kind in purposes:
        for page in _pages(job, kind):
            with job.store.transaction():
                for key, sealed in page:
                    try:
                        new = _reseal(vault, purposes[kind], key, sealed)
                    except VaultError:
                        lost[kind] += 1
                        continue
                    if new != sealed:
                        job.store.replace_sealed(kind, key, sealed, new)
                        resealed += 1
    if lost:
        raise VaultError(
            f"sealed {resealed} values again with the first key; {_counted(lost)} can't be decrypted"
            " with any key: add the key that sealed them, or delete them"
        )
    return f"sealed {resealed} values again; all are sealed with the first key now"


def check_sealed(job: Job) -> str:
    """Check that the keys decrypt everything that is sealed, and return how many need ``reseal``.

    Raises:
        VaultError: something cannot be decrypted.
        SettingsError: the settings are not accepted.
    """
    vault, purposes = _sealed_with(job)
    old, lost, known = 0, Counter[str](), 0
    for kind in purposes:
        for page in _pages(job, kind):
            for key, sealed in page:
                known += 1
                try:
                    old += _reseal(vault, purposes[kind], key, sealed) != sealed
                except VaultError:
                    lost[kind] += 1
    if lost:
        raise VaultError(
            f"{_counted(lost)} can't be decrypted: add the key that sealed them after the others"
        )
    hint = f", {old} of them with an old key: `reseal` replaces it" if old else ""
    return f"the keys decrypt all {known} sealed values{hint}"


def _sealed_with(job: Job) -> tuple[Vault, _Purposes]:
    """Return the vault and the purposes of a provider, or of a consumer."""
    if not getattr(job.options, "consumer", False):
        return job.vault, _OF_PROVIDER
    from shared_validator.consumer.records import PURPOSES  # noqa: PLC0415 - a provider may be installed without it
    from shared_validator.consumer.settings import secret_keys_from_environ  # noqa: PLC0415

    vault = Vault(secret_keys_from_environ(job.environ))
    return vault, dict.fromkeys(SEALED_BY_CONSUMER, PURPOSES)


def _pages(job: Job, kind: str) -> Iterator[list[tuple[Key, bytes]]]:
    page = job.store.list_sealed(kind, None, _PAGE)
    while page:
        yield page
        page = job.store.list_sealed(kind, page[-1][0], _PAGE)


def _reseal(vault: Vault, purposes: Iterable[str], row: Key, sealed: bytes) -> bytes:
    for purpose in purposes:
        try:
            return vault.reseal(purpose, row, sealed)
        except VaultError as error:
            failure = error
    raise failure


def _counted(lost: Counter[str]) -> str:
    return ", ".join(f"{count} of the kind {kind!r}" for kind, count in sorted(lost.items()))
