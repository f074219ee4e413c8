"""Providers that leave a standard are accepted by a key of their table, and only in that one thing."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey, OKPKey, RSAKey

from shared_validator.consumer import ConsumerError
from shared_validator.consumer.errors import NOT_SET_UP, UNUSABLE, UNVERIFIED
from shared_validator.consumer.providers import ID_TOKEN_ALGORITHMS, ProviderConfiguration
from tests.unit.consumer.conftest import Driven, MakeConsumer
from tests.unit.consumer.provider import CLIENT_SECRET, Provider, rsa_key
from tests.unit.consumer.test_sign_in import parameters

pytestmark = pytest.mark.filterwarnings("ignore:EdDSA is deprecated")  # by RFC 9864; providers still name it

MakeQuirk = Callable[..., Callable[[], str]]


@pytest.fixture
def quirk(make_consumer: MakeConsumer, provider: Provider, configured: dict[str, ProviderConfiguration]) -> MakeQuirk:
    """Return what signs a user in at an OpenID provider with these keys, and returns the subject or the refusal."""

    def make(**keys: Any) -> Callable[[], str]:
        consumer: Driven = make_consumer(quirk=replace(configured["openid"], name="quirk", **keys))

        def sign_in() -> str:
            try:
                return consumer.finish("quirk", provider.approve(consumer.start("quirk"))).subject
            except ConsumerError as error:
                return str(error)

        return sign_in

    return make


@cache
def key_for(algorithm: str) -> RSAKey | ECKey | OKPKey | OctKey:
    """A key that can sign with an algorithm."""
    named = {"kid": algorithm, "use": "sig"}
    if algorithm == "HS256":
        return OctKey.import_key(CLIENT_SECRET)
    if algorithm.startswith("Ed"):
        return OKPKey.generate_key("Ed25519", named)
    if algorithm.startswith("ES"):
        return ECKey.generate_key({"ES256": "P-256", "ES384": "P-384", "ES512": "P-521"}[algorithm], named)
    return rsa_key(algorithm)


def signs_with(provider: Provider, algorithm: str) -> None:
    """Let the provider sign with one algorithm, and hash the access token as it says (OpenID Connect Core §3.1.3.6)."""
    key, name = key_for(algorithm), "sha512" if algorithm.startswith("Ed") else f"sha{algorithm[-3:]}"

    def sign(claims: dict[str, Any]) -> str:
        (token,) = provider.access_tokens
        hashed = hashlib.new(name, token.encode()).digest()
        at_hash = base64.urlsafe_b64encode(hashed[: len(hashed) // 2]).decode().rstrip("=")
        return jwt.encode({"alg": algorithm, "kid": algorithm}, claims | {"at_hash": at_hash}, key, algorithms=[algorithm])

    provider.wrong.id_token = sign
    if algorithm != "HS256":
        provider.wrong.jwks = lambda: KeySet([key]).as_dict(private=False)


@pytest.mark.fault(32)
@pytest.mark.parametrize("algorithm", ID_TOKEN_ALGORITHMS)
def test_the_algorithm_of_a_provider_is_a_key_of_its_table(algorithm: str, quirk: MakeQuirk, provider: Provider) -> None:
    """OpenID Connect Core §3.1.3.7 (7): the ID token is signed with the algorithm that the client registered."""
    sign_in = quirk(id_token_signed_response_alg=algorithm)
    signs_with(provider, algorithm)

    assert "subject of alice" == sign_in()


@pytest.mark.fault(32)
@pytest.mark.parametrize(
    ("expected", "used"), [("ES384", "RS256"), ("PS256", "RS256"), ("RS256", "ES256"), (None, "PS256"), (None, "EdDSA"), (None, "HS256")]
)
def test_another_algorithm_than_the_expected_one_is_refused(expected: str | None, used: str, quirk: MakeQuirk, provider: Provider) -> None:
    """RFC 8725 §3.1: the token does not choose its algorithm."""
    sign_in = quirk(id_token_signed_response_alg=expected)
    signs_with(provider, used)

    assert UNVERIFIED == sign_in()


@pytest.mark.fault(32)
def test_an_id_token_may_lack_the_nonce_by_a_key_only(quirk: MakeQuirk, provider: Provider) -> None:
    """LinkedIn's ID tokens have none. A wrong one is refused all the same (OpenID Connect Core §3.1.3.7, 11)."""
    without, strict = quirk(sends_nonce=False), quirk()

    provider.wrong.claims = {"nonce": None}
    assert ["subject of alice", UNVERIFIED] == [without(), strict()]
    provider.wrong.claims = {"nonce": "of another attempt"}
    assert UNVERIFIED == without()


@pytest.mark.fault(32)
def test_a_token_response_may_lack_the_type_by_a_key_only(quirk: MakeQuirk, provider: Provider) -> None:
    """RFC 6749 §7.1: another type than Bearer is refused all the same."""
    without, strict = quirk(sends_token_type=False), quirk()

    provider.wrong.token_answer = {"token_type": None}
    assert ["subject of alice", UNUSABLE] == [without(), strict()]
    provider.wrong.token_answer = {"token_type": "mac"}
    assert UNUSABLE == without()


@pytest.mark.fault(32)
@pytest.mark.parametrize("protocol", ["openid", "oauth2"])
def test_a_provider_may_refuse_pkce_by_a_key_only(
    protocol: str, make_consumer: MakeConsumer, provider: Provider, configured: dict[str, ProviderConfiguration]
) -> None:
    """RFC 7636 §5: a server ignores the parameters that it does not know, but LinkedIn refuses them. The nonce is sent all the same."""
    provider.accepts_pkce = False
    consumer = make_consumer(quirk=replace(configured[protocol], name="quirk", accepts_pkce=False))

    url = consumer.start("quirk")
    assert {"code_challenge", "code_challenge_method"}.isdisjoint(parameters(url))
    assert (protocol == "openid") == ("nonce" in parameters(url))
    assert "subject of alice" == consumer.finish("quirk", provider.approve(url)).subject
    with pytest.raises(ConsumerError, match=NOT_SET_UP):
        consumer.finish(protocol, provider.approve(consumer.start(protocol)))
