"""Revocation and introspection: what a client may end, and what it may know."""

from __future__ import annotations

import json
from typing import Any

import pytest

from shared_validator.http import Response
from tests.unit.oauth2.server import ISSUER, OTHER_API, SECRET, Server


def revoke(server: Server, token: str, auth: tuple[str, str] | None = ("web", SECRET), **form: Any) -> Response:
    return server.call("oauth2_revoke", {"token": token, **form}, auth=auth)


def introspect(server: Server, token: str, auth: tuple[str, str] | None = ("web", SECRET), **form: Any) -> dict[str, Any]:
    response = server.call("oauth2_introspect", {"token": token, **form}, auth=auth)
    assert "no-store" == response.header("cache-control")
    answer: dict[str, Any] = json.loads(response.body)
    return answer


def test_a_revoked_access_token_is_dead_at_once(server: Server) -> None:
    """RFC 7009 §2: and the refresh token lives on."""
    tokens = server.tokens()

    assert 200 == revoke(server, tokens["access_token"]).status

    assert 401 == server.api(tokens["access_token"])
    assert 200 == server.refresh(tokens["refresh_token"])[0]


def test_a_revoked_refresh_token_takes_its_access_tokens_along(server: Server) -> None:
    """RFC 7009 §2.1; a wrong hint does no harm."""
    tokens = server.tokens()

    assert 200 == revoke(server, tokens["refresh_token"], token_type_hint="access_token").status

    assert 401 == server.api(tokens["access_token"])
    assert "invalid_grant" == server.refresh(tokens["refresh_token"])[1]["error"]


def test_revoking_what_is_unknown_succeeds(server: Server) -> None:
    """RFC 7009 §2.2: the client wanted it gone, and it is."""
    assert 200 == revoke(server, "unknown").status


def test_a_client_cannot_revoke_the_token_of_another(server: Server) -> None:
    """RFC 7009 §2.1: the request is refused, and the token lives."""
    tokens = server.tokens()

    for token in (tokens["access_token"], tokens["refresh_token"]):
        response = revoke(server, token, auth=None, client_id="app")
        assert (400, "invalid_grant") == (response.status, json.loads(response.body)["error"])

    assert 200 == server.api(tokens["access_token"])


@pytest.mark.parametrize("endpoint", ["oauth2_revoke", "oauth2_introspect"])
def test_a_request_without_token_or_client_is_refused(server: Server, endpoint: str) -> None:
    """RFC 7009 §2.1, RFC 7662 §2.1."""
    assert 400 == server.call(endpoint, {}, auth=("web", SECRET)).status
    assert 401 == server.call(endpoint, {"token": "x"}, auth=("web", "wrong")).status
    assert 401 == server.call(endpoint, {"token": "x"}).status


def test_introspection_describes_a_live_access_token(server: Server) -> None:
    """RFC 7662 §2.2."""
    token = server.tokens(scope="openid notes:read")["access_token"]

    now = int(server.clock())
    expected = {
        "active": True,
        "scope": "openid notes:read",
        "client_id": "web",
        "sub": server.user.user_id,
        "aud": [ISSUER],
        "iss": ISSUER,
        "exp": now + 3600,
        "iat": now,
        "token_type": "Bearer",
    }
    assert expected == introspect(server, token)


def test_introspection_describes_a_refresh_token_until_it_is_used(server: Server) -> None:
    """RFC 7662 §2.2: a rotated token is inactive."""
    token = server.tokens()["refresh_token"]
    assert introspect(server, token)["active"]

    server.refresh(token)

    assert {"active": False} == introspect(server, token)


def test_introspection_of_a_clients_own_token_names_the_client(server: Server) -> None:
    """RFC 9068 §2.2 says the same of JWTs: without a user, the subject is the client."""
    _, tokens = server.token(auth=("machine", SECRET), grant_type="client_credentials")

    assert "machine" == introspect(server, tokens["access_token"], auth=("machine", SECRET))["sub"]


def test_a_resource_server_may_ask_about_tokens_meant_for_it(server: Server) -> None:
    """RFC 7662 §4: it is registered as a client whose identifier is the audience."""
    _, tokens = server.token(auth=("machine", SECRET), grant_type="client_credentials", resource=OTHER_API)
    from urllib.parse import quote

    auth = (quote(OTHER_API, safe=""), SECRET)
    assert [OTHER_API] == introspect(server, tokens["access_token"], auth=auth)["aud"]
    assert {"active": False} == introspect(server, server.tokens()["access_token"], auth=auth)


def test_what_is_none_of_a_clients_business_is_inactive(server: Server) -> None:
    """RFC 7662 §2.2, §4: unknown, expired, revoked, and another client's tokens look alike."""
    tokens = server.tokens()
    assert {"active": False} == introspect(server, "unknown")
    assert {"active": False} == introspect(server, tokens["access_token"], auth=("machine", SECRET))
    assert {"active": False} == introspect(server, tokens["refresh_token"], auth=("machine", SECRET))

    server.clock.time += 3600
    assert {"active": False} == introspect(server, tokens["access_token"])


def test_a_public_client_cannot_introspect(server: Server) -> None:
    """RFC 7662 §2.1: the endpoint asks for authorization, or it could be used to test stolen tokens."""
    response = server.call("oauth2_introspect", {"token": "x", "client_id": "app"})

    assert (401, "invalid_client") == (response.status, json.loads(response.body)["error"])
