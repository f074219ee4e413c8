"""What a provider tells about itself: RFC 8414, OpenID Connect Discovery, RFC 9728, RFC 7517."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from tests.conformance.conftest import RESOURCES
from tests.conformance.facts import is_json, is_refused
from tests.driving.browser import Browser, send
from tests.driving.provider import Provider
from tests.driving.raw import raw
from tests.driving.seed import DEVICE_GRANT, HMAC_CONSUMER, SERVICE, WEB

pytestmark = pytest.mark.tier("core")

ENDPOINTS = {
    "authorization_endpoint": "/oauth2/authorize",
    "token_endpoint": "/oauth2/token",
    "revocation_endpoint": "/oauth2/revoke",
    "introspection_endpoint": "/oauth2/introspect",
    "device_authorization_endpoint": "/oauth2/device_authorization",
    "jwks_uri": "/.well-known/jwks.json",
}


@pytest.mark.tier("conformance")
def test_rfc8414_3_2_the_metadata_of_the_authorization_server(provider: Provider) -> None:
    """The issuer is the public URL, each endpoint is there, only S256 is offered (Trap 2), and ``iss`` is promised (RFC 9207 §3)."""
    answer = send("GET", f"{provider.url}/.well-known/oauth-authorization-server")
    is_json(answer)
    metadata = answer.json()
    assert provider.issuer == metadata["issuer"]
    assert {name: f"{provider.issuer}{path}" for name, path in ENDPOINTS.items()} == {name: metadata[name] for name in ENDPOINTS}
    assert ["S256"] == metadata["code_challenge_methods_supported"]
    assert ["code"] == metadata["response_types_supported"]
    assert metadata["authorization_response_iss_parameter_supported"] is True
    assert {"authorization_code", "refresh_token", "client_credentials", DEVICE_GRANT} == set(metadata["grant_types_supported"])
    assert {"client_secret_basic", "client_secret_post", "none"} == set(metadata["token_endpoint_auth_methods_supported"])
    assert "none" not in metadata["introspection_endpoint_auth_methods_supported"]
    assert {"openid", "profile", "email", "offline_access", "notes:read", "notes:write"} == set(metadata["scopes_supported"])


@pytest.mark.tier("conformance")
def test_openid_discovery_4_2_the_metadata_of_the_openid_provider(provider: Provider) -> None:
    """Discovery has all that RFC 8414 has, and what OpenID Connect Discovery §3 requires."""
    answer = send("GET", f"{provider.url}/.well-known/openid-configuration")
    is_json(answer)
    metadata = answer.json()
    plain = send("GET", f"{provider.url}/.well-known/oauth-authorization-server").json()
    assert plain.items() <= metadata.items()
    assert f"{provider.issuer}/oauth2/userinfo" == metadata["userinfo_endpoint"]
    assert f"{provider.issuer}/oauth2/logout" == metadata["end_session_endpoint"]
    assert ["public"] == metadata["subject_types_supported"]
    assert {"RS256", "ES256"} == set(metadata["id_token_signing_alg_values_supported"])
    assert {"sub", "name", "preferred_username", "email"} <= set(metadata["claims_supported"])


def test_rfc8414_2_nothing_is_listed_that_does_not_work(provider: Provider) -> None:
    """Every URL in the metadata is a route of this server."""
    metadata = send("GET", f"{provider.url}/.well-known/openid-configuration").json()
    listed = [value for value in metadata.values() if isinstance(value, str) and value.startswith(f"{provider.issuer}/")]
    assert len(listed) >= 8
    for url in listed:
        assert 404 != raw(provider.url, "GET", urlsplit(url).path.encode()).status, url


def test_rfc8414_2_a_grant_that_is_not_listed_is_not_there(provider: Provider) -> None:
    """No grant beyond the listed ones is answered, the password and implicit grants least of all (RFC 9700 §2.4, §2.1.2)."""
    for grant_type in (
        "password",
        "implicit",
        "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "urn:ietf:params:oauth:grant-type:token-exchange",
    ):
        answer = provider.token(SERVICE, {"grant_type": grant_type, "username": "alice", "password": "x"})
        is_refused(answer, "unsupported_grant_type")


@pytest.mark.tier("conformance")
def test_rfc9728_3_2_the_metadata_of_the_api(provider: Provider) -> None:
    """The API's metadata names it, its authorization server, its scopes, and that tokens come in the header."""
    answer = send("GET", f"{provider.url}/.well-known/oauth-protected-resource")
    is_json(answer)
    metadata = answer.json()
    assert provider.issuer == metadata["resource"]
    assert provider.issuer in metadata["authorization_servers"]
    assert {"notes:read", "notes:write", "profile"} <= set(metadata["scopes_supported"])
    assert ["header"] == metadata["bearer_methods_supported"]


@pytest.mark.tier("conformance")
def test_rfc7517_5_the_keys_have_no_private_part(provider: Provider) -> None:
    """Mistake 9: the key set has a key for each algorithm, named by ``kid``, for signatures, and only the public half."""
    answer = send("GET", f"{provider.url}/.well-known/jwks.json")
    is_json(answer)
    keys = answer.json()["keys"]
    assert {"RS256", "ES256"} == {key["alg"] for key in keys}
    assert len(keys) == len({key["kid"] for key in keys})
    for key in keys:
        assert ("sig", {"RS256": "RSA", "ES256": "EC"}[key["alg"]]) == (key["use"], key["kty"])
        assert not set(key) & {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}


@pytest.mark.parametrize("path", ["oauth-authorization-server", "openid-configuration", "oauth-protected-resource", "jwks.json"])
def test_rfc8414_3_1_metadata_says_the_same_to_whoever_asks(provider: Provider, alice: Browser, path: str) -> None:
    """Metadata depends on no cookie, no query and no credentials."""
    url = f"{provider.url}/.well-known/{path}"
    expected = send("GET", url).json()
    assert expected == alice.get(url, issuer="https://evil.example").json()
    assert expected == send("GET", url, headers={"Authorization": "Bearer nothing"}).json()
    assert 204 == send("OPTIONS", url).status_code


def test_rfc8707_the_resources_of_this_server_can_be_asked_for(provider: Provider, alice: Browser) -> None:
    """A token is for the API of this server unless other resources are asked for."""
    assert [provider.issuer] == provider.introspect(WEB, provider.tokens(alice, WEB)["access_token"])["aud"]
    elsewhere = provider.client_token(SERVICE, scope="notes:read", resource=RESOURCES[0])["access_token"]
    assert [RESOURCES[0]] == provider.introspect(SERVICE, elsewhere)["aud"]


def test_rfc5849_2_1_the_path_of_oauth_1_is_the_one_in_the_contract(provider: Provider) -> None:
    """OAuth 1.0a knows no metadata: its three URLs are where CONTRACT.md says."""
    assert provider.temporary_credentials(HMAC_CONSUMER).key
