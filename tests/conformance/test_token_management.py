"""Revocation (RFC 7009) and introspection (RFC 7662)."""

from __future__ import annotations

import pytest

from tests.conformance.conftest import RESOURCES
from tests.conformance.facts import is_json, is_not_stored, is_refused
from tests.driving.browser import Browser, send
from tests.driving.provider import Provider, basic
from tests.driving.seed import APP, OTHER, POST_CLIENT, SERVICE, WEB, Client

pytestmark = pytest.mark.tier("core")


@pytest.mark.tier("conformance")
@pytest.mark.parametrize("client", [WEB, POST_CLIENT, APP], ids=lambda client: client.method)
def test_rfc7009_2_an_access_token_is_revoked(provider: Provider, alice: Browser, client: Client) -> None:
    """A revoked access token opens nothing; the refresh token of the grant goes on."""
    tokens = provider.tokens(alice, client)
    assert 200 == provider.call("/oauth2/revoke", client, {"token": tokens["access_token"]}).status_code
    assert 401 == provider.api(tokens["access_token"]).status_code
    assert 200 == provider.refresh(client, tokens["refresh_token"]).status_code


@pytest.mark.parametrize(
    "hint", [{}, {"token_type_hint": "refresh_token"}, {"token_type_hint": "access_token"}, {"token_type_hint": "unknown"}]
)
def test_rfc7009_2_1_a_refresh_token_takes_its_family_along(provider: Provider, alice: Browser, hint: dict[str, str]) -> None:
    """Revoking a refresh token ends the access tokens of its grant too; a wrong hint does not matter (RFC 7009 §2.2.1)."""
    first = provider.tokens(alice, WEB)
    second = provider.refresh(WEB, first["refresh_token"]).json()
    assert 200 == provider.call("/oauth2/revoke", WEB, {"token": second["refresh_token"], **hint}).status_code
    assert [401, 401] == [provider.api(tokens["access_token"]).status_code for tokens in (first, second)]
    is_refused(provider.refresh(WEB, second["refresh_token"]), "invalid_grant")


def test_rfc7009_2_2_an_unknown_token_is_as_good_as_revoked(provider: Provider, alice: Browser) -> None:
    """The answer to an unknown token, and to one that was revoked before, is 200."""
    token = provider.tokens(alice, WEB)["access_token"]
    for presented in ("unknown", "x" * 5000, token, token):
        assert 200 == provider.call("/oauth2/revoke", WEB, {"token": presented}).status_code


def test_rfc7009_2_1_another_clients_token_stays_valid(provider: Provider, alice: Browser) -> None:
    """Who tries to revoke another client's token is refused, and the token goes on."""
    tokens = provider.tokens(alice, WEB)
    for token in (tokens["access_token"], tokens["refresh_token"]):
        is_refused(provider.call("/oauth2/revoke", OTHER, {"token": token}), "invalid_grant")
        is_refused(provider.call("/oauth2/revoke", APP, {"token": token}), "invalid_grant")
    assert 200 == provider.api(tokens["access_token"]).status_code
    assert 200 == provider.refresh(WEB, tokens["refresh_token"]).status_code


@pytest.mark.tier("conformance")
@pytest.mark.parametrize("path", ["/oauth2/revoke", "/oauth2/introspect"])
def test_rfc7009_2_1_the_token_is_required_and_given_once(provider: Provider, path: str) -> None:
    """Without ``token``, with two, or in the query: ``invalid_request``."""
    is_refused(provider.call(path, WEB, {}), "invalid_request")
    is_refused(provider.call(path, WEB, {"token": ""}), "invalid_request")
    is_refused(provider.call(path, WEB, [("token", "x"), ("token", "y")]), "invalid_request")
    is_refused(send("POST", f"{provider.url}{path}?token=x", headers=basic(WEB)), "invalid_request")


@pytest.mark.tier("conformance")
def test_rfc7662_2_2_introspection_tells_what_a_token_is(provider: Provider, alice: Browser) -> None:
    """An active token is described: scope, client, user, audience, issuer, times, type; no cache keeps it."""
    tokens = provider.tokens(alice, WEB, scope="profile notes:read")
    answer = provider.call("/oauth2/introspect", WEB, {"token": tokens["access_token"]})
    is_json(answer)
    is_not_stored(answer)
    found = answer.json()
    subject = provider.api(tokens["access_token"]).json()["sub"]
    assert found["active"] is True
    assert ({"profile", "notes:read"}, "web", subject) == (set(found["scope"].split()), found["client_id"], found["sub"])
    assert ([provider.issuer], provider.issuer, "Bearer") == (found["aud"], found["iss"], found["token_type"])
    assert 3600 == found["exp"] - found["iat"]


def test_rfc7662_2_2_a_refresh_token_is_active_until_it_is_used(provider: Provider, alice: Browser) -> None:
    """A refresh token is described too; once rotated it is inactive, and looking at it ends nothing."""
    tokens = provider.tokens(alice, WEB)
    assert provider.introspect(WEB, tokens["refresh_token"])["active"] is True
    renewed = provider.refresh(WEB, tokens["refresh_token"]).json()
    assert {"active": False} == provider.introspect(WEB, tokens["refresh_token"])
    assert provider.introspect(WEB, renewed["refresh_token"])["active"] is True


def test_rfc7662_2_2_what_is_not_active_says_no_more(provider: Provider, alice: Browser) -> None:
    """Unknown, revoked, another client's and malformed tokens are all just ``{"active": false}``."""
    tokens = provider.tokens(alice, WEB)
    assert {"active": False} == provider.introspect(OTHER, tokens["access_token"])
    provider.call("/oauth2/revoke", WEB, {"token": tokens["access_token"]})
    for token in (tokens["access_token"], "unknown", "a.b.c", "x" * 5000, tokens["id_token"]):
        assert {"active": False} == provider.introspect(WEB, token)


def test_rfc7662_2_1_introspection_is_for_clients_with_a_secret(provider: Provider, alice: Browser) -> None:
    """A public client is ``invalid_client``, even about its own token (token fishing, RFC 7662 §4)."""
    token = provider.tokens(alice, APP)["access_token"]
    is_refused(provider.call("/oauth2/introspect", APP, {"token": token}), "invalid_client", 401)


def test_rfc7662_2_2_a_clients_own_token_is_its_own(provider: Provider) -> None:
    """Where a client acts for itself, the subject is the client, and the audience what it asked for."""
    token = provider.client_token(SERVICE, scope="notes:read", resource=RESOURCES[1])["access_token"]
    found = provider.introspect(SERVICE, token)
    assert ("service", "service", [RESOURCES[1]]) == (found["sub"], found["client_id"], found["aud"])
