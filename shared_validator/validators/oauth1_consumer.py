"""Registering OAuth 1.0a consumers (RFC 5849 §1.1 leaves registration to the server)."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from shared_validator.redirect_uris import check_redirect_uri
from shared_validator.store import OAuth1Consumer
from shared_validator.validators.client_name import check_client_name
from shared_validator.vault import Vault

CONSUMER_SECRET = "oauth1 consumer secret"
"""The vault's purpose for a consumer's shared secret."""

_LEAST_RSA_BITS = 2048


def is_name(text: str) -> bool:
    """Return whether ``text`` may be a key, a token, a verifier or a nonce.

    RFC 5849 leaves their form to the server, and they vary widely in practice.
    """
    return 1 <= len(text) <= 255 and text.isprintable()


@lru_cache(maxsize=256)
def load_rsa_public_key(pem: str) -> RSAPublicKey:
    """Return the key in a PEM string, which is parsed only once.

    Raises:
        ValueError: it has no RSA public key.
    """
    key = load_pem_public_key(pem.encode())
    if not isinstance(key, RSAPublicKey):
        raise ValueError("rsa_public_key is a key of another kind")  # noqa: TRY004 - to a caller it is a bad value
    return key


def check_callbacks(callbacks: Iterable[str]) -> None:
    """Refuse callback URIs that a consumer must not register. Raises ``ValueError``."""
    for callback in callbacks:
        # Public, because an app on a user's device, with a private-use scheme, can be an OAuth 1.0a
        # consumer like any other.
        check_redirect_uri(callback, public=True)


def new_consumer(
    vault: Vault,
    *,
    consumer_key: str,
    name: str,
    callbacks: Iterable[str],
    secret: str | None = None,
    rsa_public_key: str | None = None,
) -> OAuth1Consumer:
    """Return a consumer to save, with its secret encrypted.

    Args:
        vault: encrypts the secret.
        consumer_key: identifies the consumer.
        name: its name on the consent page.
        callbacks: the callback URIs that it may use, each compared as a whole; ``oob`` is always
            allowed (RFC 5849 §2.1).
        secret: the shared secret for HMAC (and PLAINTEXT).
        rsa_public_key: its public key in PEM, of 2048 bits or more. Give exactly one of the two: no
            one may impersonate a consumer through a shared secret if it signs with its private key.

    Raises:
        ValueError: a value is not accepted; the message has the reason.
    """
    callbacks = tuple(callbacks)
    if not is_name(consumer_key):
        raise ValueError("consumer_key is not 1 to 255 printable characters")
    if bool(secret) == bool(rsa_public_key):
        raise ValueError(
            f"consumer {consumer_key!r} has not exactly one of a consumer_secret and an rsa_public_key"
        )
    if rsa_public_key and load_rsa_public_key(rsa_public_key).key_size < _LEAST_RSA_BITS:
        raise ValueError(
            f"consumer {consumer_key!r} has an RSA key of less than {_LEAST_RSA_BITS} bits"
        )
    check_client_name(name)
    check_callbacks(callbacks)
    return OAuth1Consumer(
        consumer_key=consumer_key,
        sealed_secret=(
            vault.seal(CONSUMER_SECRET, consumer_key, secret.encode()) if secret else None
        ),
        rsa_public_key=rsa_public_key or None,
        name=name,
        callbacks=callbacks,
    )
