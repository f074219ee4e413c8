"""The token endpoint (RFC 6749 §3.2, RFC 7636 §4.6, RFC 9700 §4.14)."""

from __future__ import annotations

import base64
import time
from urllib.parse import urlencode

import pytest

from tests.conformance.conftest import RESOURCES
from tests.conformance.facts import is_json, is_not_stored, is_refused
from tests.driving.browser import Browser, send
from tests.driving.provider import Provider, basic, redemption
from tests.driving.raw import raw
from tests.driving.seed import APP, AWKWARD, DEVICE, NO_REFRESH, OTHER, POST_CLIENT, SERVICE, WEB, Client

pytestmark = pytest.mark.tier("core")

FORM = "application/x-www-form-urlencoded"


# The authorization code --------------------------------------------------------------------------------------------------------------


@pytest.mark.tier("conformance")
@pytest.mark.parametrize("client", [WEB, POST_CLIENT, APP], ids=lambda client: client.method)
def test_rfc6749_5_1_a_code_buys_tokens(provider: Provider, alice: Browser, client: Client) -> None:
    """The answer has an access token of type Bearer, its lifetime, its scope and a refresh token; no cache keeps it."""
    request = provider.authorization(client)
    answer = provider.redeem(request, provider.code(alice, request))
    is_json(answer)
    is_not_stored(answer)
    tokens = answer.json()
    assert ("Bearer", 3600) == (tokens["token_type"], tokens["expires_in"])
    assert set(client.scope.split()) == set(tokens["scope"].split())
    assert {"access_token", "token_type", "expires_in", "scope", "refresh_token", "id_token"} == set(tokens)
    assert 200 == provider.api(tokens["access_token"]).status_code


def test_rfc6749_4_1_2_a_code_is_redeemed_once(provider: Provider, alice: Browser) -> None:
    """A code that comes again is ``invalid_grant``, and all that it bought ends: access token, refresh token and what came of it."""
    request = provider.authorization(WEB)
    code = provider.code(alice, request)
    first = provider.redeem(request, code).json()
    second = provider.refresh(WEB, first["refresh_token"]).json()
    is_refused(provider.redeem(request, code), "invalid_grant")
    assert [401, 401] == [provider.api(tokens["access_token"]).status_code for tokens in (first, second)]
    is_refused(provider.refresh(WEB, second["refresh_token"]), "invalid_grant")


def test_rfc6749_10_5_another_client_cannot_use_a_code(provider: Provider, alice: Browser) -> None:
    """A code is its client's: another one gets ``invalid_grant`` and does the first no harm, neither before nor after it was used."""
    request = provider.authorization(WEB)
    code = provider.code(alice, request)
    is_refused(provider.token(OTHER, redemption(request, code)), "invalid_grant")
    is_refused(provider.token(APP, redemption(request, code)), "invalid_grant")
    tokens = provider.redeem(request, code)
    assert 200 == tokens.status_code
    is_refused(provider.token(OTHER, redemption(request, code)), "invalid_grant")
    assert 200 == provider.api(tokens.json()["access_token"]).status_code


@pytest.mark.parametrize(
    "changes",
    [
        {"code_verifier": "x" * 43},
        {"code_verifier": "short"},
        {"code_verifier": "x" * 129},
        {"code_verifier": "é" * 43},
        {"redirect_uri": "https://client.example/other"},
        {"redirect_uri": "https://client.example/callback/"},
        {"redirect_uri": "HTTPS://client.example/callback"},
    ],
)
def test_rfc7636_4_6_a_wrong_verifier_or_redirect_uri_is_refused(provider: Provider, alice: Browser, changes: dict[str, str]) -> None:
    """What does not fit the authorization request is ``invalid_grant``, though the client's secret is right."""
    request = provider.authorization(WEB)
    is_refused(provider.redeem(request, provider.code(alice, request), **changes), "invalid_grant")


def test_rfc7636_4_6_a_missing_verifier_is_refused(provider: Provider, alice: Browser) -> None:
    """Trap 1: PKCE cannot be left out at the token endpoint, nor the challenge be sent as its own verifier (plain)."""
    for client in (WEB, APP):
        request = provider.authorization(client)
        code = provider.code(alice, request)
        missing = provider.redeem(request, code, code_verifier=None)
        assert (400, True) == (missing.status_code, missing.json()["error"] in ("invalid_request", "invalid_grant"))
        is_refused(provider.redeem(request, code, code_verifier=request.parameters["code_challenge"]), "invalid_grant")


def test_rfc9700_4_8_2_a_method_named_at_the_token_endpoint_changes_nothing(provider: Provider, alice: Browser) -> None:
    """PKCE downgrade: naming ``plain`` or another challenge with the redemption does not replace what came with the request."""
    request = provider.authorization(WEB)
    code = provider.code(alice, request)
    forged = {"code_verifier": "x" * 43, "code_challenge": "x" * 43, "code_challenge_method": "plain"}
    is_refused(provider.redeem(request, code, **forged), "invalid_grant")


@pytest.mark.parametrize("code", ["unknown", "x" * 5000, "'; DROP TABLE codes; --", "é", "💥"])
def test_rfc6749_5_2_an_unknown_code_is_refused(provider: Provider, code: str) -> None:
    """A code that was never given out is ``invalid_grant``."""
    is_refused(provider.redeem(provider.authorization(WEB), code), "invalid_grant")


@pytest.mark.parametrize("missing", ["grant_type", "code"])
def test_rfc6749_5_2_a_missing_parameter_is_invalid_request(provider: Provider, missing: str) -> None:
    """Without ``grant_type`` or ``code``, the request is ``invalid_request``, also when they are empty (RFC 6749 §3.2)."""
    request = provider.authorization(WEB)
    is_refused(provider.redeem(request, "unknown", **{missing: None}), "invalid_request")
    is_refused(provider.redeem(request, "unknown", **{missing: ""}), "invalid_request")


def test_rfc6749_3_2_parameters_stand_in_the_body_and_once(provider: Provider, alice: Browser) -> None:
    """Trap 4: a parameter in the query, or given twice, is ``invalid_request`` and costs the client nothing; GET is 405."""
    request = provider.authorization(WEB)
    code = provider.code(alice, request)
    parameters = redemption(request, code)
    for query in (urlencode(parameters), "grant_type=authorization_code", "x=1"):
        answer = send("POST", f"{provider.url}/oauth2/token?{query}", data=parameters, headers=basic(WEB))
        is_refused(answer, "invalid_request")
    for name in parameters:
        is_refused(provider.token(WEB, [*parameters.items(), (name, parameters[name])]), "invalid_request")
    assert 405 == raw(provider.url, "GET", f"/oauth2/token?{urlencode(parameters)}".encode()).status
    assert 200 == provider.redeem(request, code).status_code


def test_rfc6749_4_1_3_parameters_named_like_attributes_change_nothing(provider: Provider, alice: Browser, bob: Browser) -> None:
    """``user``, ``client`` and ``scopes`` in a token request are strange parameters, not what oauthlib's request would make of them."""
    bobs = provider.api(provider.tokens(bob, WEB)["access_token"]).json()["sub"]
    smuggled = {
        "user": bobs,
        "user_id": bobs,
        "username": "bob",
        "client": "other",
        "scopes": "notes:write",
        "scope": "openid profile email notes:read notes:write",
        "granted_scope": "notes:write",
        "grant_id": "x",
        "audience": "https://evil.example/",
        "nonce": "forged",
        "auth_time": "1",
        "redirect_to": "x",
        "rotated": "x",
        "expires_in": "999999999",
    }
    request = provider.authorization(WEB, scope="openid profile")
    answer = provider.token(WEB, redemption(request, provider.code(alice, request)) | smuggled)
    assert 200 == answer.status_code
    tokens = answer.json()
    assert ({"openid", "profile"}, 3600) == (set(tokens["scope"].split()), tokens["expires_in"])
    assert "Alice Ärmel" == provider.api(tokens["access_token"]).json()["name"]
    assert (WEB.client_id, [provider.issuer]) == tuple(
        provider.introspect(WEB, tokens["access_token"])[name] for name in ("client_id", "aud")
    )
    service = provider.client_token(SERVICE, **(smuggled | {"scope": "notes:read"}))
    described = provider.introspect(SERVICE, service["access_token"])
    assert ("service", "service", "notes:read") == tuple(described[name] for name in ("sub", "client_id", "scope"))
    renewed = provider.refresh(WEB, tokens["refresh_token"], **(smuggled | {"scope": "profile"})).json()
    assert "Alice Ärmel" == provider.api(renewed["access_token"]).json()["name"]


def test_rfc6749_3_2_every_client_gets_what_its_grants_give(provider: Provider, alice: Browser) -> None:
    """A client without the refresh grant gets no refresh token, and cannot use somebody else's."""
    tokens = provider.tokens(alice, NO_REFRESH)
    assert "refresh_token" not in tokens
    others = provider.tokens(alice, WEB)["refresh_token"]
    is_refused(provider.refresh(NO_REFRESH, others), "unauthorized_client")
    assert 200 == provider.refresh(WEB, others).status_code


def test_rfc8707_2_2_a_code_buys_a_token_for_one_of_the_resources(provider: Provider, alice: Browser) -> None:
    """Of the resources that the user was asked about, the client picks one with each request; none beyond them."""
    request = provider.authorization(WEB, prompt="consent", resource=RESOURCES[0])
    code = provider.code(alice, request)
    is_refused(provider.redeem(request, code, resource=RESOURCES[1]), "invalid_target")
    tokens = provider.redeem(request, code, resource=RESOURCES[0]).json()
    assert [RESOURCES[0]] == provider.introspect(WEB, tokens["access_token"])["aud"]
    is_refused(provider.refresh(WEB, tokens["refresh_token"], resource=provider.issuer), "invalid_target")
    assert 200 == provider.refresh(WEB, tokens["refresh_token"], resource=RESOURCES[0]).status_code


# Who the client is -------------------------------------------------------------------------------------------------------------------


def _credentials(joined: str) -> dict[str, str]:
    return {"Authorization": f"Basic {base64.b64encode(joined.encode()).decode()}"}


@pytest.mark.tier("conformance")
@pytest.mark.parametrize(
    "headers",
    [
        {},
        _credentials("web:wrong"),
        _credentials("web:"),
        _credentials("unknown:wrong"),
        _credentials(":"),
        _credentials(f"WEB:{WEB.client_secret}"),
        _credentials(f"web:{WEB.client_secret} "),
        _credentials(f"other:{WEB.client_secret}"),
        _credentials("web"),
        {"Authorization": "Basic"},
        {"Authorization": "Basic !!!"},
        {"Authorization": "Basic /w=="},
        {"Authorization": f"Bearer {WEB.client_secret}"},
        {"Authorization": "Digest username=web"},
    ],
)
def test_rfc6749_5_2_whoever_fails_to_authenticate_is_401(provider: Provider, headers: dict[str, str]) -> None:
    """Mistake 8: a wrong secret, an unknown client or a header that cannot be read is ``invalid_client``, with the challenge."""
    for path in ("token", "revoke", "introspect", "device_authorization"):
        form = {"grant_type": "client_credentials", "token": "x", "scope": "profile"}
        is_refused(send("POST", f"{provider.url}/oauth2/{path}", data=form, headers=headers), "invalid_client", 401)


def test_rfc6749_2_3_a_client_uses_the_method_that_it_registered(provider: Provider) -> None:
    """Basic for a client of ``client_secret_post``, the body for one of ``client_secret_basic``, and no secret: ``invalid_client``."""
    for client in (WEB, POST_CLIENT):
        for method in {"client_secret_basic", "client_secret_post", "none"} - {client.method}:
            posing = Client(client.client_id, client.client_secret, method)
            is_refused(provider.refresh(posing, "x"), "invalid_client", 401)
    for method in ("client_secret_basic", "client_secret_post"):
        for secret in ("", "guess"):
            answer = provider.refresh(Client(APP.client_id, secret, method), "x")
            assert answer.status_code in (400, 401), (method, secret, answer.text)
            assert "access_token" not in answer.text


def test_rfc6749_2_3_one_method_at_a_time(provider: Provider) -> None:
    """Credentials in the header and in the body, or for two clients, are ``invalid_request`` or ``invalid_client``, never taken."""
    for more in ({"client_secret": WEB.client_secret or ""}, {"client_id": "other"}, {"client_id": "web", "client_secret": "x"}):
        answer = provider.token(WEB, {"grant_type": "client_credentials", **more})
        assert answer.json()["error"] in ("invalid_request", "invalid_client"), answer.text


def test_rfc6749_2_3_1_both_parts_of_basic_are_form_encoded(provider: Provider) -> None:
    """A client identifier with a colon and a secret with ``+``, ``%`` and letters beyond ASCII authenticate."""
    assert "notes:read" == provider.client_token(AWKWARD)["scope"]


def test_rfc6749_3_2_1_a_public_client_names_itself(provider: Provider, alice: Browser) -> None:
    """A public client sends its ``client_id``; without it, or with another's, its code is worth nothing."""
    request = provider.authorization(APP)
    code = provider.code(alice, request)
    nobody = send("POST", f"{provider.url}/oauth2/token", data=redemption(request, code))
    assert nobody.status_code in (400, 401)
    is_refused(provider.token(DEVICE, redemption(request, code)), "unauthorized_client")
    assert 200 == provider.redeem(request, code).status_code


# Client credentials ------------------------------------------------------------------------------------------------------------------


def test_rfc6749_4_4_a_client_acts_for_itself(provider: Provider) -> None:
    """The answer has no refresh token (§4.4.3) and no ID token; the scope is what was asked for, or all that needs no user."""
    answer = provider.token(SERVICE, {"grant_type": "client_credentials", "scope": "notes:read"})
    is_json(answer)
    is_not_stored(answer)
    assert {"access_token", "token_type", "expires_in", "scope"} == set(answer.json())
    assert "notes:read" == answer.json()["scope"]
    assert {"notes:read", "notes:write"} == set(provider.client_token(SERVICE)["scope"].split())


@pytest.mark.parametrize("scope", ["profile", "openid", "email notes:read", "unknown", "notes:read unknown"])
def test_rfc6749_4_4_a_client_has_no_identity_to_ask_about(provider: Provider, scope: str) -> None:
    """A scope about a user, or one that does not exist, is ``invalid_scope`` for a client that acts for itself."""
    is_refused(provider.token(SERVICE, {"grant_type": "client_credentials", "scope": scope}), "invalid_scope")


def test_rfc6749_4_4_2_only_a_client_with_that_grant_and_a_secret(provider: Provider) -> None:
    """A client that did not register the grant is ``unauthorized_client``, and so is a public one."""
    is_refused(provider.token(WEB, {"grant_type": "client_credentials"}), "unauthorized_client")
    is_refused(provider.token(APP, {"grant_type": "client_credentials"}), "unauthorized_client")
    request = provider.authorization(WEB)
    is_refused(provider.token(SERVICE, redemption(request, "x")), "unauthorized_client")


def test_rfc8707_2_an_unknown_resource_is_invalid_target(provider: Provider) -> None:
    """A token for a resource that this server does not know is refused."""
    for resource in ("https://unknown.example/", "not a URI", "/relative"):
        is_refused(provider.token(SERVICE, {"grant_type": "client_credentials", "resource": resource}), "invalid_target")


# Refresh tokens ----------------------------------------------------------------------------------------------------------------------


@pytest.mark.tier("conformance")
@pytest.mark.parametrize("client", [WEB, APP], ids=lambda client: client.client_id)
def test_rfc9700_4_14_2_a_refresh_token_is_used_once(provider: Provider, alice: Browser, client: Client) -> None:
    """Mistake 6: a refresh gives a new pair, the old refresh token no longer works, and using it again ends the whole family."""
    first = provider.tokens(alice, client)
    answer = provider.refresh(client, first["refresh_token"])
    is_json(answer)
    is_not_stored(answer)
    second = answer.json()
    assert first["refresh_token"] != second["refresh_token"]
    assert first["access_token"] != second["access_token"]
    assert 200 == provider.api(second["access_token"]).status_code
    third = provider.refresh(client, second["refresh_token"]).json()
    is_refused(provider.refresh(client, first["refresh_token"]), "invalid_grant")
    is_refused(provider.refresh(client, third["refresh_token"]), "invalid_grant")
    assert [401, 401, 401] == [provider.api(tokens["access_token"]).status_code for tokens in (first, second, third)]


def test_rfc9700_4_14_2_the_end_of_one_family_is_not_that_of_another(provider: Provider, alice: Browser) -> None:
    """Reuse in one grant leaves the user's other grants to the same client alone."""
    one, other = provider.tokens(alice, WEB), provider.tokens(alice, WEB)
    provider.refresh(WEB, one["refresh_token"])
    is_refused(provider.refresh(WEB, one["refresh_token"]), "invalid_grant")
    assert 200 == provider.api(other["access_token"]).status_code
    assert 200 == provider.refresh(WEB, other["refresh_token"]).status_code


def test_rfc6749_10_4_a_refresh_token_is_its_clients(provider: Provider, alice: Browser) -> None:
    """Another client gets ``invalid_grant`` and ends nothing, before and after the token was used."""
    tokens = provider.tokens(alice, WEB)
    is_refused(provider.refresh(OTHER, tokens["refresh_token"]), "invalid_grant")
    is_refused(provider.refresh(APP, tokens["refresh_token"]), "invalid_grant")
    renewed = provider.refresh(WEB, tokens["refresh_token"])
    assert 200 == renewed.status_code
    is_refused(provider.refresh(OTHER, tokens["refresh_token"]), "invalid_grant")
    assert 200 == provider.api(renewed.json()["access_token"]).status_code


def test_rfc6749_6_the_scope_of_a_refresh_may_be_narrower_never_wider(provider: Provider, alice: Browser) -> None:
    """Less scope is given; more is ``invalid_scope`` and costs the client nothing; the grant itself stays as wide as it was."""
    tokens = provider.tokens(alice, WEB, scope="openid profile")
    is_refused(provider.refresh(WEB, tokens["refresh_token"], scope="openid profile email"), "invalid_scope")
    is_refused(provider.refresh(WEB, tokens["refresh_token"], scope="unknown"), "invalid_scope")
    narrow = provider.refresh(WEB, tokens["refresh_token"], scope="profile").json()
    assert "profile" == narrow["scope"]
    assert "id_token" not in narrow
    wide = provider.refresh(WEB, narrow["refresh_token"]).json()
    assert {"openid", "profile"} == set(wide["scope"].split())


@pytest.mark.parametrize("token", ["unknown", "x" * 5000, "é"])
def test_rfc6749_5_2_an_unknown_refresh_token_is_refused(provider: Provider, token: str) -> None:
    """A refresh token that was never given out is ``invalid_grant``."""
    is_refused(provider.refresh(WEB, token), "invalid_grant")


def test_rfc6749_5_2_a_token_of_one_kind_is_not_one_of_another(provider: Provider, alice: Browser) -> None:
    """An access token cannot be refreshed, a refresh token opens no API, a code is no refresh token."""
    tokens = provider.tokens(alice, WEB)
    request = provider.authorization(WEB)
    code = provider.code(alice, request)
    is_refused(provider.refresh(WEB, tokens["access_token"]), "invalid_grant")
    is_refused(provider.refresh(WEB, code), "invalid_grant")
    assert [401, 401, 401] == [provider.api(token).status_code for token in (tokens["refresh_token"], code, tokens["id_token"])]
    is_refused(provider.redeem(request, tokens["refresh_token"]), "invalid_grant")


def test_rfc6749_5_2_a_missing_refresh_token_is_invalid_request(provider: Provider) -> None:
    """``refresh_token`` is required, and counts as missing when it is empty."""
    is_refused(provider.token(WEB, {"grant_type": "refresh_token"}), "invalid_request")
    is_refused(provider.refresh(WEB, ""), "invalid_request")


def test_rfc6749_5_1_tokens_cannot_be_guessed(provider: Provider) -> None:
    """Tokens hold at least 128 bits (§10.10) and say nothing about when or for whom they were made."""
    tokens = [provider.client_token(SERVICE)["access_token"] for _ in range(5)]
    assert 5 == len(set(tokens))
    assert min(map(len, tokens)) >= 22
    assert not any(str(int(time.time()))[:7] in token for token in tokens)
