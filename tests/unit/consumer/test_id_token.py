"""The ID token: signed by the provider, for this client, for this attempt, now (OpenID Connect Core §3.1.3.7)."""

from __future__ import annotations

import base64
import hmac
import json
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from joserfc import jwt

from shared_validator.consumer import ConsumerError, Login
from shared_validator.consumer.errors import OTHER_ISSUER, UNUSABLE, UNVERIFIED
from shared_validator.consumer.providers import ProviderConfiguration
from tests.unit.consumer.conftest import Clock, Driven, MakeConsumer
from tests.unit.consumer.provider import CLIENT_ID, CLIENT_SECRET, Answer, Provider, Seen, as_json, ec_key, rsa_key


class FromNow(int):
    """Seconds from the moment at which a test runs; what is computed when tests are collected grows old while others run."""


def at_this_moment(claims: dict[str, Any]) -> dict[str, Any]:
    return {name: int(time.time()) + value if isinstance(value, FromNow) else value for name, value in claims.items()}


def encoded(values: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


def hs256(claims: dict[str, Any], secret: bytes) -> str:
    """Sign by hand: libraries refuse to use a public key as a secret, an attacker does not."""
    signed = f"{encoded({'alg': 'HS256', 'kid': 'rsa'})}.{encoded(claims)}"
    return f"{signed}.{base64.urlsafe_b64encode(hmac.digest(secret, signed.encode(), 'sha256')).decode().rstrip('=')}"


def refused(sign_in: Callable[..., Login]) -> str:
    with pytest.raises(ConsumerError) as refusal:
        sign_in("openid")
    return str(refusal.value)


def test_es256_is_accepted_too(sign_in: Callable[..., Login], provider: Provider) -> None:
    """RFC 7518 §3.1 recommends it."""
    provider.wrong.id_token = lambda claims: jwt.encode({"alg": "ES256", "kid": "ec"}, claims, ec_key())
    assert "subject of alice" == sign_in("openid").subject


@pytest.mark.parametrize(
    "forge",
    [
        pytest.param(lambda claims: f"{encoded({'alg': 'none'})}.{encoded(claims)}.", id="alg none"),
        pytest.param(lambda claims: hs256(claims, CLIENT_SECRET.encode()), id="HS256 with the client's secret"),
        pytest.param(lambda claims: hs256(claims, rsa_key().as_pem(private=False)), id="HS256 with the public key"),
        pytest.param(lambda claims: jwt.encode({"alg": "RS512", "kid": "rsa"}, claims, rsa_key(), algorithms=["RS512"]), id="RS512"),
        pytest.param(
            lambda claims: jwt.encode({"alg": "RS256", "kid": "rsa"}, claims, rsa_key("another")), id="another key under the same kid"
        ),
        pytest.param(lambda claims: jwt.encode({"alg": "RS256", "kid": "ec"}, claims, rsa_key()), id="a kid of the other kind of key"),
        pytest.param(lambda claims: jwt.encode({"alg": "RS256", "kid": "unknown"}, claims, rsa_key("unknown")), id="an unpublished key"),
        pytest.param(lambda claims: jwt.encode({"alg": "RS256"}, claims, rsa_key()), id="no kid although there are several keys"),
        pytest.param(
            lambda claims: jwt.encode({"alg": "RS256", "kid": "rsa"}, claims, rsa_key())[:-8] + "AAAAAAAA", id="an altered signature"
        ),
        pytest.param(lambda claims: f"{encoded({'alg': 'RS256', 'kid': 'rsa'})}.{encoded(claims)}", id="no signature"),
        pytest.param(lambda claims: "not.a.token", id="not a token"),
        pytest.param(lambda claims: "x", id="not even dots"),
    ],
)
def test_a_token_that_the_provider_did_not_sign_is_refused(forge: Any, sign_in: Callable[..., Login], provider: Provider) -> None:
    """Mistake 9: the signature is verified against the provider's published keys, with RS256 or ES256 only (RFC 8725 §3.1)."""
    provider.wrong.id_token = forge
    assert UNVERIFIED == refused(sign_in)


@pytest.mark.parametrize(
    "claims",
    [
        pytest.param({"iss": "https://attacker.example"}, id="wrong iss"),
        pytest.param({"iss": None}, id="no iss"),
        pytest.param({"aud": "another client"}, id="wrong aud"),
        pytest.param({"aud": ["another client"]}, id="wrong aud in a list"),
        pytest.param({"aud": []}, id="empty aud"),
        pytest.param({"aud": None}, id="no aud"),
        pytest.param({"aud": 7}, id="aud of another type"),
        pytest.param({"aud": [CLIENT_ID, "another client"]}, id="several aud without azp"),
        pytest.param({"aud": [CLIENT_ID, "another client"], "azp": "another client"}, id="azp is another client"),
        pytest.param({"azp": "another client"}, id="azp is another client, one aud"),
        pytest.param({"exp": FromNow(-61)}, id="expired"),
        pytest.param({"exp": None}, id="no exp"),
        pytest.param({"exp": "tomorrow"}, id="exp of another type"),
        pytest.param({"iat": FromNow(120)}, id="from the future"),
        pytest.param({"iat": None}, id="no iat"),
        pytest.param({"nbf": FromNow(120)}, id="not valid yet"),
        pytest.param({"nonce": "of another attempt"}, id="wrong nonce"),
        pytest.param({"nonce": None}, id="no nonce"),
        pytest.param({"sub": None}, id="no sub"),
        pytest.param({"sub": ""}, id="empty sub"),
        pytest.param({"sub": 7}, id="sub of another type"),
        pytest.param({"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}, id="at_hash of another access token"),
        pytest.param({"at_hash": "é"}, id="at_hash that is not ASCII"),
        pytest.param({"at_hash": 7}, id="at_hash of another type"),
    ],
)
def test_a_token_that_states_something_else_is_refused(claims: dict[str, Any], sign_in: Callable[..., Login], provider: Provider) -> None:
    """Mistakes 1 and 9: iss, aud, azp, exp, iat, nonce, sub and at_hash are checked (OpenID Connect Core §3.1.3.7)."""
    provider.wrong.claims = at_this_moment(claims)
    assert UNVERIFIED == refused(sign_in)


def test_a_nonce_among_others_is_refused(consumer: Driven, provider: Provider) -> None:
    """A list that holds the nonce is not the nonce."""
    url = consumer.start("openid")
    provider.wrong.id_token = lambda claims: jwt.encode(
        {"alg": "RS256", "kid": "rsa"}, claims | {"nonce": [claims["nonce"], "x"]}, rsa_key()
    )
    with pytest.raises(ConsumerError, match=UNVERIFIED):
        consumer.finish("openid", provider.approve(url))


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": [CLIENT_ID]},
        {"aud": [CLIENT_ID, "another client"], "azp": CLIENT_ID},
        {"exp": FromNow(-20)},
        {"iat": FromNow(40)},
        {"at_hash": None},
    ],
)
def test_what_the_specification_allows_is_accepted(claims: dict[str, Any], sign_in: Callable[..., Login], provider: Provider) -> None:
    """OpenID Connect Core §2: one aud in a list, azp, clocks that differ by less than a minute, no at_hash."""
    provider.wrong.claims = at_this_moment(claims)
    assert "subject of alice" == sign_in("openid").subject


def test_an_answer_without_an_id_token_is_refused(sign_in: Callable[..., Login], provider: Provider) -> None:
    """Who asks for openid gets one, or nobody signs in (OpenID Connect Core §3.1.3.3)."""
    provider.wrong.token_answer = {"id_token": None}
    assert UNVERIFIED == refused(sign_in)


def test_claims_about_the_sign_in_are_not_claims_about_the_person(sign_in: Callable[..., Login], provider: Provider) -> None:
    """A profile page shows a person, and what the userinfo endpoint says is newer."""
    provider.wrong.claims = {"name": "Alice of old", "locale": "en", "sid": "session", "auth_time": 1, "picture": None}
    assert {"name": "Alice", "locale": "en"} == sign_in("openid").claims


def test_userinfo_of_another_person_is_refused(sign_in: Callable[..., Login], provider: Provider) -> None:
    """OpenID Connect Core §5.3.2: its sub must be the ID token's."""
    provider.wrong.userinfo = {"sub": "subject of mallory"}
    assert UNVERIFIED == refused(sign_in)


@pytest.mark.fault(31)
@pytest.mark.parametrize(
    "answer",
    [
        (401, {}, b""),
        (403, {}, b""),
        (404, {}, b""),
        (500, {}, b""),
        (200, {"Content-Type": "application/jwt"}, b"a.signed.jwt"),
        (200, {"Content-Type": "application/json"}, b"{}"),
    ],
)
def test_what_the_id_token_proved_needs_no_userinfo(
    answer: Answer, sign_in: Callable[..., Login], provider: Provider, caplog: pytest.LogCaptureFixture
) -> None:
    """OpenID Connect Core §5.3: userinfo is an extra; without it the user is signed in, and the operator reads why there is no more."""
    provider.wrong.answers["/userinfo"] = answer
    provider.wrong.claims = {"nickname": "al"}

    login = sign_in("openid")

    assert ("subject of alice", "al") == (login.subject, login.claims["nickname"])
    assert 'userinfo_unavailable provider="openid" reason=' in caplog.text


@pytest.mark.fault(31)
def test_a_key_leaves_userinfo_out(make_consumer: MakeConsumer, configured: dict[str, ProviderConfiguration], provider: Provider) -> None:
    """Microsoft's userinfo endpoint refuses tokens for an API of one's own."""
    consumer = make_consumer(quiet=replace(configured["openid"], name="quiet", userinfo=False))

    assert "subject of alice" == consumer.finish("quiet", provider.approve(consumer.start("quiet"))).subject
    assert "/userinfo" not in provider.paths()


def test_a_provider_without_userinfo_endpoint_has_said_all_in_the_token(sign_in: Callable[..., Login], provider: Provider) -> None:
    """OpenID Connect Discovery §3 only recommends it."""
    provider.wrong.metadata = {"userinfo_endpoint": None}
    provider.wrong.claims = {"name": "Alice"}
    assert {"name": "Alice"} == sign_in("openid").claims
    assert "/userinfo" not in provider.paths()


# Keys -----------------------------------------------------------------------------------------------------------------------------------


def test_a_new_key_is_fetched_when_a_token_names_it(sign_in: Callable[..., Login], provider: Provider, clock: Clock) -> None:
    """OpenID Connect Core §10.1.1: rotation needs no restart."""
    sign_in("openid")
    provider.wrong.jwks = lambda: {"keys": [rsa_key("rotated").as_dict(private=False)]}
    provider.wrong.id_token = lambda claims: jwt.encode({"alg": "RS256", "kid": "rotated"}, claims, rsa_key("rotated"))
    clock.offset = 61
    provider.wrong.claims = at_this_moment({"iat": FromNow(0), "exp": FromNow(600)})
    assert "subject of alice" == sign_in("openid").subject
    assert 2 == provider.paths().count("/jwks")


def test_unknown_keys_do_not_make_us_fetch_all_the_time(sign_in: Callable[..., Login], provider: Provider) -> None:
    """A forged kid must not turn us against the provider: once a minute is enough."""
    provider.wrong.id_token = lambda claims: jwt.encode({"alg": "RS256", "kid": "unknown"}, claims, rsa_key("unknown"))
    for _ in range(3):
        refused(sign_in)
    assert 1 == provider.paths().count("/jwks")


def test_keys_of_other_kinds_are_passed_over(sign_in: Callable[..., Login], provider: Provider) -> None:
    """RFC 7517 §5: a set may hold what one does not understand, and keys for encryption."""
    others: list[Any] = [
        "not a key",
        {"kty": "oct", "k": "c2VjcmV0", "kid": "rsa"},
        {"kty": "AKP", "kid": "rsa"},
        {"kty": "RSA", "kid": "rsa"},
        {"kty": "EC", "kid": "rsa", "crv": "P-1", "x": "AA", "y": "AA"},
        rsa_key().as_dict(private=False) | {"use": "enc"},
    ]
    provider.wrong.jwks = lambda: {"keys": [*others, rsa_key().as_dict(private=False)]}
    assert "subject of alice" == sign_in("openid").subject


def test_a_token_without_kid_is_accepted_where_there_is_one_key(sign_in: Callable[..., Login], provider: Provider) -> None:
    """OpenID Connect Core §10.1 wants a kid only where there are several keys."""
    provider.wrong.jwks = lambda: {"keys": [rsa_key().as_dict(private=False)]}
    provider.wrong.id_token = lambda claims: jwt.encode({"alg": "RS256"}, claims, rsa_key())
    assert "subject of alice" == sign_in("openid").subject


@pytest.mark.parametrize("keys", [{"keys": "none"}, {}, {"keys": []}])
def test_a_key_set_without_keys_verifies_nothing(keys: Any, sign_in: Callable[..., Login], provider: Provider) -> None:
    """RFC 7517 §5."""
    provider.wrong.jwks = lambda: keys
    assert UNVERIFIED == refused(sign_in)


# Issuers with many tenants ---------------------------------------------------------------------------------------------------------------


@pytest.fixture
def tenants(make_consumer: MakeConsumer, provider: Provider, configured: dict[str, ProviderConfiguration]) -> Driven:
    """A provider whose issuer depends on the person's tenant, as Microsoft's does."""
    template = provider.url + "/{tenantid}/v2.0"
    provider.wrong.answers["/common/v2.0/.well-known/openid-configuration"] = lambda seen: metadata_of(provider, seen, template)
    many = replace(configured["openid"], name="many", issuer=provider.url + "/common/v2.0", issuer_template=template)
    return make_consumer(many=many)


def metadata_of(provider: Provider, seen: Seen, issuer: str) -> Answer:
    status, _, body = provider._metadata(seen)
    return as_json(json.loads(body) | {"issuer": issuer, "authorization_response_iss_parameter_supported": None}, status)


def test_the_issuer_of_a_tenant_is_filled_in_from_the_token(tenants: Driven, provider: Provider) -> None:
    """The metadata names a template, the token the tenant (claim `tid`)."""
    provider.wrong.claims = {"tid": "tenant-1", "iss": provider.url + "/tenant-1/v2.0"}
    callback = provider.approve(tenants.start("many"), iss=provider.url + "/tenant-1/v2.0")
    assert "subject of alice" == tenants.finish("many", callback).subject


@pytest.mark.parametrize(
    "claims", [{"tid": "tenant-1", "iss": "/tenant-2/v2.0"}, {"iss": "/tenant-1/v2.0"}, {"tid": "tenant-1", "iss": "/{tenantid}/v2.0"}]
)
def test_the_issuer_of_another_tenant_is_refused(claims: dict[str, str], tenants: Driven, provider: Provider) -> None:
    """Who may sign for one tenant must not sign for another."""
    provider.wrong.claims = claims | {"iss": provider.url + claims["iss"]}
    with pytest.raises(ConsumerError, match=UNVERIFIED):
        tenants.finish("many", provider.approve(tenants.start("many"), iss=None))


@pytest.mark.parametrize("path", ["/tenant-1/extra/v2.0", "//v2.0", "/tenant-1/v2-0"])
def test_a_callback_of_an_issuer_outside_the_template_is_refused(path: str, tenants: Driven, provider: Provider) -> None:
    """RFC 9207 §2.4, for a template."""
    with pytest.raises(ConsumerError, match=OTHER_ISSUER):
        tenants.finish("many", provider.approve(tenants.start("many"), iss=provider.url + path))


def test_the_metadata_must_name_the_template(tenants: Driven, provider: Provider) -> None:
    """RFC 8414 §3.3: the template is compared as it stands."""
    provider.wrong.answers["/common/v2.0/.well-known/openid-configuration"] = lambda seen: metadata_of(provider, seen, provider.url)
    with pytest.raises(ConsumerError, match=UNUSABLE):
        tenants.start("many")
