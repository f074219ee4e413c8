"""Metadata and CORS: what the server tells about itself is what it does."""

from __future__ import annotations

import json

import pytest

from shared_validator.http import Request
from shared_validator.store import StoreUnavailable
from tests.unit.oauth2.server import ISSUER, Server


@pytest.mark.parametrize("name", ["oauth_authorization_server", "openid_configuration"])
def test_the_metadata_names_endpoints_that_are_served(server: Server, name: str) -> None:
    """RFC 8414 §2, OpenID Connect Discovery §3: nothing is listed that does not work; Trap 2: no plain, password or implicit."""
    response = server.call(name)

    assert 200 == response.status
    metadata = json.loads(response.body)
    served = {endpoint.path for endpoint in server.provider.endpoints} | {page.path for page in server.provider.pages}
    served |= {"/oauth2/authorize"}
    listed = {value for key, value in metadata.items() if key.endswith(("_endpoint", "_uri"))}
    assert listed <= {ISSUER + path for path in served}
    assert ISSUER == metadata["issuer"]
    assert ["S256"] == metadata["code_challenge_methods_supported"]
    assert ["code"] == metadata["response_types_supported"]
    assert {"authorization_code", "client_credentials", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"} == set(
        metadata["grant_types_supported"]
    )
    assert metadata["authorization_response_iss_parameter_supported"] is True


def test_the_api_names_its_authorization_server(server: Server) -> None:
    """RFC 9728 §2, §3.3: the resource is the identifier that the client used."""
    metadata = json.loads(server.call("oauth_protected_resource").body)

    assert ISSUER == metadata["resource"]
    assert [ISSUER] == metadata["authorization_servers"]
    assert ["header"] == metadata["bearer_methods_supported"]
    assert {"notes:read", "notes:write"} <= set(metadata["scopes_supported"])


def test_browsers_may_call_what_acts_on_no_cookie(server: Server) -> None:
    """The Fetch standard, CORS protocol: token, revocation, userinfo, metadata and keys; introspection is for servers."""
    open_to_browsers = {endpoint.name for endpoint in server.provider.endpoints if endpoint.cross_origin}

    assert {
        "oauth2_token",
        "oauth2_revoke",
        "oauth2_userinfo",
        "oauth_authorization_server",
        "openid_configuration",
        "oauth_protected_resource",
        "jwks",
    } == open_to_browsers


@pytest.mark.fault(19)
def test_a_preflight_is_answered_without_touching_the_endpoint(server: Server) -> None:
    """The Fetch standard, CORS-preflight fetch."""
    endpoint = next(endpoint for endpoint in server.provider.endpoints if endpoint.name == "oauth2_token")

    response = endpoint.answer(Request("OPTIONS", ISSUER + endpoint.path, {"origin": "https://spa.example"}))

    assert 204 == response.status
    assert "*" == response.header("access-control-allow-origin")
    assert "POST" == response.header("access-control-allow-methods")
    allowed = {name.lower() for name in (response.header("access-control-allow-headers") or "").split(", ")}
    assert {"authorization", "content-type", "dpop", "mcp-protocol-version", "x-requested-with"} == allowed
    assert response.header("access-control-allow-credentials") is None


@pytest.mark.fault(19)
def test_a_browser_may_read_a_refusal(server: Server) -> None:
    """The Fetch standard: without the header a script would see no reason."""
    response = server.call("oauth2_token", {})
    assert "*" == response.header("access-control-allow-origin")
    assert "WWW-Authenticate, DPoP-Nonce" == response.header("access-control-expose-headers")


def test_health_is_that_of_the_store(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that cannot reach its store says so."""
    assert 200 == server.call("healthz").status

    def away() -> None:
        raise StoreUnavailable

    monkeypatch.setattr(server.store, "ping", away)

    assert 503 == server.call("healthz").status


def test_the_stylesheet_is_served(server: Server) -> None:
    """The pages link to it."""
    response = server.call("stylesheet")

    assert (200, "text/css; charset=utf-8") == (response.status, response.header("content-type"))
