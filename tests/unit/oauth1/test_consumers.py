"""Registering OAuth 1.0a consumers."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from shared_validator.validators.oauth1 import CONSUMER_SECRET, new_consumer
from shared_validator.vault import Vault
from tests.unit.oauth1.server import rsa_pair

VAULT = Vault([b"k" * 32])


def consumer(**changes: Any) -> Any:
    return new_consumer(VAULT, **{"consumer_key": "key", "name": "Printer", "callbacks": ("https://a.example/cb",), **changes})


def test_secret_is_sealed() -> None:
    """Trap 12: a consumer's secret is needed in clear text, so it is stored encrypted, neither readable nor hashed (RFC 5849 §4.5)."""
    made = consumer(secret="tops€cret")
    assert "tops€cret".encode() not in made.sealed_secret
    assert "tops€cret".encode() == VAULT.open(CONSUMER_SECRET, made.consumer_key, made.sealed_secret)
    assert made.rsa_public_key is None


def test_rsa_key_stands_alone() -> None:
    """A consumer with an RSA key has no shared secret (RFC 5849 §3.4.3)."""
    made = consumer(rsa_public_key=rsa_pair()[1])
    assert (None, rsa_pair()[1]) == (made.sealed_secret, made.rsa_public_key)


def _elliptic() -> str:
    return generate_private_key(SECP256R1()).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, "exactly one"),
        ({"secret": ""}, "exactly one"),
        ({"secret": "s", "rsa_public_key": rsa_pair()[1]}, "exactly one"),
        ({"rsa_public_key": rsa_pair(1024)[1]}, "less than 2048 bits"),
        ({"rsa_public_key": _elliptic()}, "another kind"),
        ({"rsa_public_key": rsa_pair()[0]}, "PEM"),
        ({"rsa_public_key": "-----BEGIN PUBLIC KEY-----\n????\n-----END PUBLIC KEY-----"}, "PEM"),
        ({"secret": "s", "consumer_key": ""}, "printable"),
        ({"secret": "s", "consumer_key": "k" * 256}, "printable"),
        ({"secret": "s", "consumer_key": "a\nb"}, "printable"),
        ({"secret": "s", "callbacks": ("/relative",)}, "relative"),
        ({"secret": "s", "callbacks": ("https://a.example/#fragment",)}, "fragment"),
        ({"secret": "s", "callbacks": ("https://a.example/ok", "javascript:alert(1)")}, "scheme"),
        ({"secret": "s", "callbacks": ("http://a.example/",)}, "https"),
    ],
)
def test_refusals(changes: dict[str, Any], reason: str) -> None:
    """Trap 15: a consumer has exactly one credential, a good one; and its callbacks are absolute and safe to redirect to."""
    with pytest.raises(ValueError, match=reason):
        consumer(**changes)
