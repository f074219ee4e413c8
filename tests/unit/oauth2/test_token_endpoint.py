"""The token endpoint: client authentication, the code exchange, and clients that act for themselves."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

import pytest

from shared_validator.http import FORM, Request
from tests.unit.oauth2.server import CALLBACK, ISSUER, OTHER_API, SECRET, VERIFIER, Server


def test_a_code_is_exchanged_for_tokens(server: Server) -> None:
    """RFC 6749 §4.1.4, §5.1: the answer is complete and must not be stored."""
    code = server.code()

    response = server.call(
        "oauth2_token",
        {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK, "code_verifier": VERIFIER},
        auth=("web", SECRET),
    )

    assert 200 == response.status
    assert "no-store" == response.header("cache-control")
    assert "application/json" == response.header("content-type")
    tokens = json.loads(response.body)
    assert {"access_token", "token_type", "expires_in", "scope", "refresh_token", "id_token"} == set(tokens)
    assert ("Bearer", 3600) == (tokens["token_type"], tokens["expires_in"])
    assert 200 == server.api(tokens["access_token"])


def test_a_client_without_the_refresh_grant_gets_no_refresh_token(server: Server) -> None:
    """RFC 6749 §1.5: a refresh token is for clients that registered its grant."""
    form = {"grant_type": "authorization_code", "code": server.code(client_id="post", scope="notes:read"), "code_verifier": VERIFIER}

    status, tokens = server.token(auth=None, client_id="post", client_secret=SECRET, redirect_uri=CALLBACK, **form)

    assert 200 == status
    assert {"access_token", "token_type", "expires_in", "scope"} == set(tokens)


def test_codes_and_tokens_are_made_by_the_standard_library(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Trap 19: oauthlib's generator, which costs half of issuing a token, is never called; 256 bits each (RFC 6749 §10.10)."""

    def never(*_: Any, **__: Any) -> str:
        raise AssertionError("oauthlib's generator was called")

    monkeypatch.setattr("oauthlib.common.generate_token", never)
    monkeypatch.setattr("oauthlib.oauth2.rfc6749.tokens.random_token_generator", never)

    tokens = server.tokens()

    assert [43, 43] == [len(tokens[kind]) for kind in ("access_token", "refresh_token")]


def test_a_public_client_needs_only_the_verifier(server: Server) -> None:
    """RFC 7636 §4.5, RFC 8252 §7.3: the port of a loopback address is free."""
    redirect_uri = "http://127.0.0.1:51004/cb"
    code = server.code(client_id="app", redirect_uri=redirect_uri)

    status, _ = server.redeem(code, auth=None, client_id="app", redirect_uri=redirect_uri)

    assert 200 == status


def test_the_redirect_uri_may_be_left_out_of_the_exchange(server: Server) -> None:
    """OAuth 2.1 §10.2: PKCE does what repeating it did."""
    assert 200 == server.redeem(server.code(), redirect_uri=None)[0]


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"code": "unknown"}, "invalid_grant"),
        ({"code": None}, "invalid_request"),
        ({"code": ""}, "invalid_request"),
        ({"redirect_uri": CALLBACK + "2"}, "invalid_grant"),
        ({"code_verifier": None}, "invalid_request"),
        ({"code_verifier": "x" * 43}, "invalid_grant"),
        ({"code_verifier": "too-short"}, "invalid_grant"),
        ({"code_verifier": "é" * 50}, "invalid_grant"),
        ({"resource": OTHER_API}, "invalid_target"),
        ({"grant_type": None}, "invalid_request"),
        ({"grant_type": "password", "username": "alice", "password": "correct horse"}, "unsupported_grant_type"),
        ({"grant_type": "implicit"}, "unsupported_grant_type"),
        ({"grant_type": "client_credentials"}, "unauthorized_client"),
        ({"grant_type": ["authorization_code", "refresh_token"]}, "invalid_request"),
    ],
)
def test_a_refused_exchange_names_the_reason_and_leaves_the_code_usable(server: Server, change: dict[str, Any], error: str) -> None:
    """RFC 6749 §5.2, RFC 7636 §4.6, RFC 8707 §2.2; Trap 1: no verifier, no tokens. Nothing that a refused request did stays."""
    code = server.code()

    status, answer = server.redeem(**({"code": code} | change))

    assert (400, error) == (status, answer["error"])
    assert 200 == server.redeem(code)[0]


def test_a_verifier_without_a_challenge_cannot_happen(server: Server) -> None:
    """Trap 1: a code is issued with a challenge or not at all, so there is nothing to downgrade to."""
    from tests.unit.oauth2.server import answer_of

    assert "invalid_request" == answer_of(server.decide(code_challenge=None, code_challenge_method=None))["error"]


def test_a_verifier_that_could_be_guessed_is_refused(server: Server) -> None:
    """RFC 7636 §4.1, §7.1: it has at least 43 characters, even if the challenge is its digest."""
    short = "x" * 42
    challenge = base64.urlsafe_b64encode(hashlib.sha256(short.encode()).digest()).decode().rstrip("=")

    status, answer = server.redeem(server.code(code_challenge=challenge), code_verifier=short)

    assert (400, "invalid_grant") == (status, answer["error"])


def test_a_code_of_another_client_is_refused_and_kept(server: Server) -> None:
    """RFC 6749 §5.2: a code is bound to its client, who can still use it."""
    code = server.code()

    status, answer = server.redeem(code, auth=None, client_id="app")

    assert (400, "invalid_grant") == (status, answer["error"])
    assert 200 == server.redeem(code)[0]


def test_a_code_expires(server: Server) -> None:
    """RFC 6749 §4.1.2: one minute, by default."""
    code = server.code()
    server.clock.time += 60

    status, answer = server.redeem(code)

    assert (400, "invalid_grant") == (status, answer["error"])


def test_a_replayed_code_ends_what_it_issued(server: Server) -> None:
    """RFC 6749 §4.1.2, RFC 9700 §4.5: the tokens of a replayed code do not stay alive."""
    code = server.code()
    _, tokens = server.redeem(code)

    status, answer = server.redeem(code)

    assert (400, "invalid_grant") == (status, answer["error"])
    assert 401 == server.api(tokens["access_token"])
    assert 400 == server.refresh(tokens["refresh_token"])[0]


def test_only_the_client_of_a_code_can_replay_it(server: Server) -> None:
    """Another client's replay ends nothing: else any client could end the tokens of any other."""
    code = server.code()
    _, tokens = server.redeem(code)

    server.redeem(code, auth=None, client_id="app")

    assert 200 == server.api(tokens["access_token"])


# Client authentication ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("auth", "form"),
    [
        (("web", "wrong"), {}),
        (("web", ""), {}),
        (("unknown", SECRET), {}),
        (("app", "anything"), {}),
        (("post", ""), {}),
        (("post", SECRET), {}),
        (None, {"client_id": "web", "client_secret": SECRET}),
        (None, {"client_id": "web"}),
        (None, {"client_id": "unknown"}),
        (None, {"client_id": "post", "client_secret": "wrong"}),
        (None, {"client_id": "app", "client_secret": "anything"}),
        (None, {}),
    ],
)
def test_a_client_that_is_not_who_it_says_is_told_so(server: Server, auth: tuple[str, str] | None, form: dict[str, str]) -> None:
    """RFC 6749 §2.3, §5.2: 401 with a challenge; a client has the one method that it registered."""
    response = server.call("oauth2_token", {"grant_type": "client_credentials", **form}, auth=auth)

    assert 401 == response.status
    assert "invalid_client" == json.loads(response.body)["error"]
    assert f'Basic realm="{ISSUER}"' == response.header("www-authenticate")
    assert "no-store" == response.header("cache-control")


@pytest.mark.parametrize("header", ["Bearer abc", "Basic", "Basic !!!", "Basic d2Vi", "Basic /////w==", "Negotiate x"])
def test_a_broken_authorization_header_is_no_authentication(server: Server, header: str) -> None:
    """RFC 7617 §2: what is not Basic, not base64, not UTF-8 or has no colon names no client."""
    response = server.call("oauth2_token", {"grant_type": "client_credentials"}, authorization=header)

    assert 401 == response.status


@pytest.mark.fault(45)
@pytest.mark.parametrize("auth", [("web", SECRET), None])
def test_an_assertion_is_not_ignored(server: Server, auth: tuple[str, str] | None) -> None:
    """RFC 7521 §4.2: a client that sends an assertion to be verified is not let in without it."""
    client_id = auth[0] if auth else "app"
    form = {"client_id": client_id, "client_assertion": "e30.e30.x", "refresh_token": "x", "grant_type": "refresh_token"}

    status, answer = server.token(auth=auth, **form)

    assert (401, "invalid_client") == (status, answer["error"])


@pytest.mark.parametrize("form", [{"client_secret": SECRET}, {"client_id": "machine"}])
def test_two_ways_to_authenticate_are_one_too_many(server: Server, form: dict[str, str]) -> None:
    """RFC 6749 §2.3: one method a request, and one client."""
    status, answer = server.token(grant_type="authorization_code", code="x", **form)

    assert (400, "invalid_request") == (status, answer["error"])


def test_the_parts_of_a_basic_header_are_form_encoded(server: Server) -> None:
    """RFC 6749 §2.3.1: client identifiers may be URLs."""
    from urllib.parse import quote

    response = server.call("oauth2_introspect", {"token": "x"}, auth=(quote(OTHER_API, safe=""), SECRET))

    assert 200 == response.status


def test_secrets_are_compared_in_constant_time() -> None:
    """Mistake 8: no ``==`` on a secret. The comparison is over digests, and runs for unknown clients too."""
    import inspect

    from shared_validator.validators import client_authentication

    assert "hmac.compare_digest" in inspect.getsource(client_authentication.authenticate)


# The request itself ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content_type", "body", "query"),
    [
        ("application/json", b'{"grant_type":"client_credentials"}', ""),
        ("text/plain", b"grant_type=client_credentials", ""),
        ("", b"", ""),
        (FORM, b"grant_type=%ff", ""),
        (FORM, b"grant_type=\xff", ""),
        (FORM, b"grant_type=client_credentials&scope=%00", ""),
        (FORM, b"grant_type=client_credentials&grant_type=client_credentials", ""),
        (FORM, b"grant_type=client_credentials&scope=a&scope=b", ""),
        (FORM, b"grant_type=client_credentials", "?grant_type=client_credentials"),
        (FORM, b"grant_type=client_credentials", "?%ff"),
        (FORM, b"&".join(b"a=1" for _ in range(500)), ""),
    ],
)
def test_a_malformed_token_request_is_an_invalid_request(server: Server, content_type: str, body: bytes, query: str) -> None:
    """RFC 6749 §3.2, §5.2; Trap 4: a query string is refused with an answer, not with an exception."""
    endpoint = next(endpoint for endpoint in server.provider.endpoints if endpoint.name == "oauth2_token")

    response = endpoint.answer(Request("POST", f"{ISSUER}/oauth2/token{query}", {"content-type": content_type}, body))

    assert (400, "invalid_request") == (response.status, json.loads(response.body)["error"])


def test_an_error_description_has_only_characters_that_may_stand_there(server: Server) -> None:
    """RFC 6749 §5.2: printable ASCII without quotes and backslashes."""
    from oauthlib.oauth2.rfc6749.errors import InvalidRequestError

    from shared_validator.endpoints.errors import described

    assert {"error": "invalid_request", "error_description": "a'b'c'd"} == described(InvalidRequestError('a"b\\cód'))


def test_what_was_sent_is_not_shown() -> None:
    """Mistake 7: a request that a log or a traceback prints shows no code, token or secret."""
    from shared_validator.validators.protocol_request import ProtocolRequest

    secrets = [(name, f"the-{name}") for name in ("code", "client_secret", "refresh_token", "device_code", "code_verifier")]
    parsed = ProtocolRequest.read(Request("POST", f"{ISSUER}/oauth2/token", {"authorization": "the-header"}), secrets)

    assert ("the-code", "the-header") == (parsed.code, parsed.authorization)
    assert "the-" not in f"{parsed} {parsed!r}"


# A client for itself --------------------------------------------------------------------------------------------------------------


def test_a_client_may_act_for_itself(server: Server) -> None:
    """RFC 6749 §4.4.3: no refresh token, no ID token, no user."""
    status, tokens = server.token(auth=("machine", SECRET), grant_type="client_credentials", scope="notes:read")

    assert 200 == status
    assert {"access_token", "token_type", "expires_in", "scope"} == set(tokens)
    assert 200 == server.api(tokens["access_token"])
    assert 403 == server.api(tokens["access_token"], "notes:write")


def test_a_client_for_itself_gets_by_default_what_concerns_no_user(server: Server) -> None:
    """RFC 6749 §3.3."""
    assert "notes:read notes:write" == server.token(auth=("machine", SECRET), grant_type="client_credentials")[1]["scope"]


@pytest.mark.parametrize("scope", ["profile", "notes:read profile", "openid", "unknown"])
def test_a_client_for_itself_has_no_identity_to_ask_about(server: Server, scope: str) -> None:
    """OpenID Connect Core §3.1.2.1: identity scopes are about a user."""
    status, answer = server.token(auth=("machine", SECRET), grant_type="client_credentials", scope=scope)

    assert (400, "invalid_scope") == (status, answer["error"])


def test_a_public_client_cannot_act_for_itself(server: Server) -> None:
    """RFC 6749 §4.4: confidential clients only."""
    status, answer = server.token(auth=None, client_id="app", grant_type="client_credentials")

    assert status == 401 or answer["error"] == "unauthorized_client"


def test_smuggled_attributes_change_nothing(server: Server) -> None:
    """A ``user`` in the body does not make a client's own token a user's."""
    form = {"user": server.user.user_id, "client": "web", "scopes": "openid", "extra_credentials": "x", "grant_id": "x"}

    _, tokens = server.token(auth=("machine", SECRET), grant_type="client_credentials", scope="notes:read", **form)

    checked = server.provider.require(Request("GET", ISSUER, {"authorization": f"Bearer {tokens['access_token']}"}), "notes:read")
    assert ("machine", None) == (checked.subject, checked.user_id)  # type: ignore[union-attr]


# Audience -------------------------------------------------------------------------------------------------------------------------


def test_a_token_for_another_resource_is_not_for_this_one(server: Server) -> None:
    """RFC 8707 §2: the audience is what was asked for, nothing more."""
    _, tokens = server.token(auth=("machine", SECRET), grant_type="client_credentials", resource=OTHER_API)
    assert 401 == server.api(tokens["access_token"])

    _, tokens = server.token(auth=("machine", SECRET), grant_type="client_credentials", resource=[OTHER_API, ISSUER])
    assert 200 == server.api(tokens["access_token"])


def test_an_unknown_resource_is_an_invalid_target(server: Server) -> None:
    """RFC 8707 §2; Trap 5: every value of a repeated ``resource`` counts, not only the last."""
    resources = ["https://elsewhere.example", ISSUER]

    status, answer = server.token(auth=("machine", SECRET), grant_type="client_credentials", resource=resources)

    assert (400, "invalid_target") == (status, answer["error"])


def test_a_token_request_may_narrow_the_resources_of_the_grant(server: Server) -> None:
    """RFC 8707 §2.2: of the resources that the user agreed to, one token may have some."""
    code = server.code(resource=[ISSUER, OTHER_API])

    _, tokens = server.redeem(code, resource=OTHER_API)
    assert 401 == server.api(tokens["access_token"])

    _, refreshed = server.refresh(tokens["refresh_token"])
    assert 200 == server.api(refreshed["access_token"])
