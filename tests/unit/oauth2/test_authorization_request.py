"""The authorization endpoint: whom it trusts, what it asks, and how it sends the browser back."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from shared_validator.flows import Question
from shared_validator.http import FORM, Request, Response
from tests.unit.oauth2.server import (
    CALLBACK,
    CHALLENGE,
    ISSUER,
    OTHER_API,
    SECRET,
    VERIFIER,
    Person,
    Server,
    answer_of,
    outcome_of,
    response_of,
)


def ask(server: Server, **parameters: Any) -> Question | Response:
    return outcome_of(lambda: server.provider.oauth2.ask(server.authorization_request(**parameters), server.visitor))


def refused(server: Server, **parameters: Any) -> Response:
    response = ask(server, **parameters)
    assert isinstance(response, Response)
    return response


def test_a_question_names_the_client_the_scopes_and_where_the_answer_goes(server: Server) -> None:
    """RFC 6749 §10.2, OpenID Connect Core §3.1.2.4: the user sees who asks for what."""
    question = ask(server, scope="openid notes:read")

    assert isinstance(question, Question)
    assert "A Web Application" == question.client_name
    assert "app.example" == question.redirect_host
    assert (("openid", "Know who you are"), ("notes:read", "Read your notes")) == question.scopes
    assert server.user == question.user


def test_an_agreement_sends_the_code_back_with_state_and_issuer(server: Server) -> None:
    """RFC 6749 §4.1.2, RFC 9207 §2: code, state verbatim, and iss."""
    response = server.decide(state="&=é <script>")

    assert 303 == response.status
    assert (response.header("location") or "").startswith(CALLBACK + "?")
    answer = answer_of(response)
    assert {"code", "state", "iss"} == set(answer)
    assert "&=é <script>" == answer["state"]
    assert ISSUER == answer["iss"]
    assert "no-store" == response.header("cache-control")


def test_a_refusal_of_the_user_goes_back_as_access_denied(server: Server) -> None:
    """RFC 6749 §4.1.2.1; Mistake 5: "deny" is a redirect with access_denied, not a 400."""
    response = server.decide("deny")

    assert 303 == response.status
    assert {"error": "access_denied", "error_description": "The user said no.", "state": "a state", "iss": ISSUER} == answer_of(response)


@pytest.mark.parametrize("body", [b"", b"decision=maybe", b"decision=allow&decision=deny", b"decision=%ff"])
def test_another_decision_is_a_bad_request(server: Server, body: bytes) -> None:
    """Neither allow nor deny is an answer, and nothing is issued."""
    request = Request("POST", server.authorization_request().url, {"content-type": FORM}, body)

    response = response_of(lambda: server.provider.oauth2.ask(request, server.visitor))

    assert 400 == response.status
    assert response.header("location") is None


@pytest.mark.parametrize(
    "parameters",
    [
        {"client_id": None},
        {"client_id": "unknown"},
        {"client_id": ["web", "app"]},
        {"redirect_uri": "https://evil.example/"},
        {"redirect_uri": CALLBACK + "/"},
        {"redirect_uri": CALLBACK + "?x=1"},
        {"redirect_uri": CALLBACK + "#f"},
        {"redirect_uri": "not a uri"},
        {"redirect_uri": [CALLBACK, "https://evil.example/"]},
        {"client_id": "post", "redirect_uri": None},
        {"client_id": "a\x00b"},
    ],
)
def test_nobody_is_redirected_on_the_word_of_a_stranger(server: Server, parameters: dict[str, Any]) -> None:
    """RFC 6749 §4.1.2.1: with a bad client or redirect URI the user gets a page, and no redirect."""
    response = refused(server, **parameters)

    assert 400 == response.status
    assert response.header("location") is None
    assert "frame-ancestors 'none'" in (response.header("content-security-policy") or "")


@pytest.mark.fault(21)
@pytest.mark.parametrize(
    ("changes", "free"),
    [
        ({}, True),
        ({"application_type": "native"}, True),
        ({"application_type": "web"}, False),
        ({"token_endpoint_auth_method": "client_secret_basic"}, False),
        ({"token_endpoint_auth_method": "client_secret_basic", "application_type": "native"}, False),
    ],
)
def test_the_loopback_port_is_free_for_native_clients_only(server: Server, changes: dict[str, str], free: bool) -> None:
    """RFC 9700 §2.1, RFC 8252 §7.3: any other client has the port that it registered."""
    client = server.store.client("app")
    assert client is not None
    server.store.save_client(replace(client, redirect_uris=("http://127.0.0.1:5000/cb",), **changes))

    asked = {"client_id": "app", "scope": "notes:read"}

    assert isinstance(ask(server, **asked, redirect_uri="http://127.0.0.1:5000/cb"), Question)
    assert free is isinstance(ask(server, **asked, redirect_uri="http://127.0.0.1:49152/cb"), Question)


def test_the_only_registered_redirect_uri_need_not_be_named(server: Server) -> None:
    """RFC 6749 §3.1.2.3."""
    assert CALLBACK == (server.decide(redirect_uri=None).header("location") or "").partition("?")[0]


@pytest.mark.parametrize(
    ("parameters", "error"),
    [
        ({"response_type": None}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "code id_token"}, "unsupported_response_type"),
        ({"response_type": "none"}, "unsupported_response_type"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge": ""}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": "s256"}, "invalid_request"),
        ({"scope": "profile unknown"}, "invalid_scope"),
        ({"scope": "profile offline_access"}, "invalid_scope"),
        ({"scope": "profile  notes:read"}, "invalid_scope"),
        ({"client_id": "post", "scope": "openid address"}, "invalid_scope"),
        ({"resource": "https://elsewhere.example"}, "invalid_target"),
        ({"resource": [OTHER_API, "https://elsewhere.example"]}, "invalid_target"),
        ({"response_mode": "form_post"}, "invalid_request"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"request": "eyJhbGciOiJub25lIn0.e30."}, "request_not_supported"),
        ({"request_uri": "https://app.example/request"}, "request_uri_not_supported"),
        ({"registration": '{"client_name": "x"}'}, "registration_not_supported"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"prompt": "none select_account"}, "invalid_request"),
        ({"prompt": "create"}, "invalid_request"),
        ({"max_age": "soon"}, "invalid_request"),
        ({"max_age": "-1"}, "invalid_request"),
    ],
)
def test_other_errors_are_told_to_the_client(server: Server, parameters: dict[str, Any], error: str) -> None:
    """RFC 6749 §4.1.2.1, RFC 7636 §4.4.1, RFC 8707 §2, RFC 9207 §2; Traps 2 and 5, Mistake 2: plain PKCE and form_post are refused."""
    response = refused(server, **parameters)

    assert 302 == response.status
    answer = answer_of(response)
    assert error == answer["error"]
    assert "a state" == answer["state"]
    assert ISSUER == answer["iss"]
    assert "code" not in answer


def test_a_client_without_the_grant_gets_no_code(server: Server) -> None:
    """RFC 6749 §4.1.2.1: a client that did not register the code grant need not have a redirect URI; one that has is told."""
    assert 400 == refused(server, client_id="machine").status
    machine = server.store.client("machine")
    assert machine is not None
    server.store.save_client(replace(machine, redirect_uris=(CALLBACK,)))
    assert "unauthorized_client" == answer_of(refused(server, client_id="machine", scope="notes:read"))["error"]


@pytest.mark.parametrize("name", ["response_type", "scope", "state", "nonce", "prompt", "code_challenge", "unknown"])
def test_a_repeated_parameter_is_refused(server: Server, name: str) -> None:
    """RFC 6749 §3.1, §4.1.2.1: parameters are not repeated; the client is told, since its own redirect URI is not in doubt."""
    assert "invalid_request" == answer_of(refused(server, **{name: [value := "openid" if name == "scope" else "code", value]}))["error"]


@pytest.mark.parametrize("name", ["client_id", "redirect_uri"])
def test_where_an_answer_goes_is_not_said_twice(server: Server, name: str) -> None:
    """RFC 6749 §4.1.2.1: nobody is redirected where two clients or two redirect URIs are named."""
    assert 400 == refused(server, **{name: [CALLBACK, CALLBACK]}).status


@pytest.mark.parametrize("url", ["%ff", "client_id=%00", "&".join(f"a{n}=1" for n in range(300))])
def test_a_query_that_is_no_text_is_a_bad_request(server: Server, url: str) -> None:
    """Invalid UTF-8, NUL and a flood of parameters are met with a page."""
    request = Request("GET", f"{ISSUER}/oauth2/authorize?{url}", {})

    response = response_of(lambda: server.provider.oauth2.ask(request, server.visitor))

    assert isinstance(response, Response)
    assert 400 == response.status


def test_existing_bytes_of_a_redirect_uri_stay_as_they_were_registered(server: Server) -> None:
    """RFC 6749 §3.1.2: parameters are appended to the query that is there."""
    from shared_validator.http import with_parameters

    assert "https://a.example/%7Ecb?x=%2F&code=c%20d" == with_parameters("https://a.example/%7Ecb?x=%2F", [("code", "c d")])
    assert "com.app:/cb?code=c" == with_parameters("com.app:/cb", [("code", "c")])


# Signing in -----------------------------------------------------------------------------------------------------------------------


def login_parameters(response: Question | Response) -> dict[str, list[str]]:
    assert isinstance(response, Response)
    assert 302 == response.status
    location = urlsplit(response.header("location") or "")
    assert ("", "", "/login") == (location.scheme, location.netloc, location.path)
    return parse_qs(location.query)


def test_a_stranger_signs_in_first_and_comes_back_to_the_same_request(server: Server) -> None:
    """RFC 6749 §4.1.1: the resource owner is authenticated before being asked."""
    server.visitor.user_id = None

    parameters = login_parameters(ask(server, login_hint="alice", state="a&b"))

    assert ["alice"] == parameters["login_hint"]
    assert parameters["next"][0].startswith("/oauth2/authorize?")
    assert ["a&b"] == parse_qs(urlsplit(parameters["next"][0]).query)["state"]


def test_a_stranger_who_answers_signs_in_first(server: Server) -> None:
    """A decision counts only for somebody who is signed in."""
    server.visitor.user_id = None

    assert "next" in login_parameters(server.decide())


@pytest.mark.parametrize(
    ("prompt", "left"),
    [("login", None), ("login consent", ["consent"]), ("select_account", None), ("select_account login consent", ["consent"])],
)
def test_prompt_login_asks_for_the_password_once(server: Server, prompt: str, left: list[str] | None) -> None:
    """OpenID Connect Core §3.1.2.1: after the sign-in the request goes on without ``prompt=login``."""
    parameters = login_parameters(ask(server, prompt=prompt))

    assert left == parse_qs(urlsplit(parameters["next"][0]).query).get("prompt")


@pytest.mark.fault(25)
def test_prompt_select_account_offers_no_account(server: Server) -> None:
    """OpenID Connect Core §3.1.2.1: the user selects an account by typing its name, so the form has none."""
    assert "login_hint" not in login_parameters(ask(server, prompt="select_account", login_hint="alice"))
    assert ["alice"] == login_parameters(ask(server, prompt="login", login_hint="alice"))["login_hint"]


def test_max_age_asks_for_the_password_when_the_sign_in_is_too_old(server: Server) -> None:
    """OpenID Connect Core §3.1.2.1."""
    server.clock.time += 100

    assert isinstance(ask(server, max_age="100"), Question)
    assert "max_age=99" in login_parameters(ask(server, max_age="99"))["next"][0]


def test_max_age_zero_asks_once(server: Server) -> None:
    """OpenID Connect Core §3.1.2.1: max_age=0 is prompt=login."""
    assert "max_age" not in login_parameters(ask(server, max_age="0"))["next"][0]


def test_an_answer_is_checked_for_a_fresh_sign_in_as_well(server: Server) -> None:
    """The form cannot be used to go round ``max_age``."""
    server.clock.time += 100

    assert "next" in login_parameters(server.decide(max_age="50"))


@pytest.mark.parametrize(
    ("parameters", "signed_in", "error"),
    [({}, False, "login_required"), ({}, True, "consent_required"), ({"max_age": "1"}, True, "login_required")],
)
def test_prompt_none_never_shows_a_page(server: Server, parameters: dict[str, str], signed_in: bool, error: str) -> None:
    """OpenID Connect Core §3.1.2.6."""
    server.visitor.user_id = server.user.user_id if signed_in else None
    server.clock.time += 10

    assert error == answer_of(refused(server, prompt="none", **parameters))["error"]


def test_prompt_none_gets_a_code_when_all_was_agreed_to_before(server: Server) -> None:
    """OpenID Connect Core §3.1.2.1."""
    server.decide(scope="openid")

    assert "code" in answer_of(refused(server, prompt="none", scope="openid"))


def test_an_id_token_hint_of_another_user_asks_that_user_to_sign_in(server: Server) -> None:
    """OpenID Connect Core §3.1.2.1: the server never answers for somebody else than the hint names."""
    hint = server.tokens()["id_token"]
    assert "code" in answer_of(refused(server, prompt="none", id_token_hint=hint))

    server.visitor.user_id = "somebody else"

    assert "login_required" == answer_of(refused(server, prompt="none", id_token_hint=hint))["error"]


def hints_of_no_one(server: Server) -> dict[str, str]:
    """Return hints that are no ID token of the provider."""
    tokens = server.tokens()
    header, claims, signature = tokens["id_token"].split(".")
    other = base64.urlsafe_b64encode(b'{"iss": "%s", "sub": "u1"}' % ISSUER.encode()).decode().rstrip("=")
    none = base64.urlsafe_b64encode(b'{"alg": "none"}').decode().rstrip("=")
    return {
        "garbage": "garbage",
        "dots": "a.b.c",
        "not ASCII": "é.ü.ß",
        "tampered with": f"{header}.{other}.{signature}",
        "another signature": f"{header}.{claims}.{signature[::-1]}",
        "unsigned": f"{none}.{claims}.",
        "an access token": tokens["access_token"],
    }


@pytest.mark.fault(45)
@pytest.mark.parametrize("kind", ["garbage", "dots", "not ASCII", "tampered with", "another signature", "unsigned", "an access token"])
@pytest.mark.parametrize("access_token_format", ["opaque", "jwt"])
def test_an_id_token_hint_that_is_not_ours_is_refused(make_server: Any, kind: str, access_token_format: str) -> None:
    """OpenID Connect Core §3.1.2.1: a hint is verified, whoever is signed in, and whether or not a page may be shown."""
    server: Server = make_server(access_token_format=access_token_format)
    hint = hints_of_no_one(server)[kind]

    for user_id in (server.user.user_id, None):
        server.visitor.user_id = user_id
        for response in (
            refused(server, prompt="none", id_token_hint=hint),
            refused(server, id_token_hint=hint),
            server.decide(id_token_hint=hint),
        ):
            assert "invalid_request" == answer_of(response)["error"]


@pytest.mark.fault(45)
def test_an_id_token_hint_that_has_expired_still_names_its_user(server: Server) -> None:
    """OpenID Connect Core §3.1.2.1: it is about a current or past session."""
    hint = server.tokens()["id_token"]
    server.clock.time += 7200

    assert "code" in answer_of(refused(server, prompt="none", id_token_hint=hint))


@pytest.mark.fault(45)
def test_a_decision_is_not_taken_from_another_user_than_the_hint_names(server: Server) -> None:
    """OpenID Connect Core §3.1.2.1: neither is a code issued for the user who is signed in instead."""
    hint = server.tokens()["id_token"]
    server.store.save_user(replace(server.user, user_id="bob", username="bob"))
    server.visitor.user_id = "bob"

    assert "next" in login_parameters(server.decide(id_token_hint=hint))


@pytest.mark.fault(45)
@pytest.mark.parametrize(
    "parameters",
    [
        {"acr_values": "urn:mace:incommon:iap:silver"},
        *(
            {"claims": claims}
            for claims in (
                "{}",
                '{"userinfo": {"email": {"essential": true}, "email#de": null, "other": {"value": "x", "purpose": 1}}, "other": 1}',
                '{"id_token": {"auth_time": {"essential": true}, "acr": {"values": ["silver"]}}}',
                '{"id_token": {"acr": {"essential": true}}, "userinfo": {"acr": {"essential": true, "values": ["silver"]}}}',
                '{"id_token": {"sub": null}, "userinfo": {"sub": {"essential": true}}}',
            )
        ),
        {"ui_locales": "fr-CA fr xx"},
        {"claims_locales": "fr"},
        {"display": "popup"},
    ],
)
def test_what_its_own_specification_lets_a_provider_ignore_is_ignored(server: Server, parameters: dict[str, str]) -> None:
    """OpenID Connect Core §3.1.2.1, §5.5: acr_values is voluntary, claims need not be supported, locales are preferences."""
    assert isinstance(ask(server, **parameters), Question)


@pytest.mark.fault(45)
@pytest.mark.parametrize(
    "claims",
    [
        "not JSON",
        "[" * 100_000,
        "1" * 10_000,
        "[]",
        "null",
        '"sub"',
        '{"id_token": []}',
        '{"userinfo": null}',
        '{"id_token": {"sub": "248289761001"}}',
        '{"userinfo": {"email": true}}',
        '{"userinfo": {"email": {"essential": "true"}}}',
        '{"id_token": {"sub": {"values": "248289761001"}}}',
        '{"id_token": {"sub": {"values": null}}}',
    ],
)
def test_a_malformed_claims_parameter_is_refused(server: Server, claims: str) -> None:
    """OpenID Connect Core §5.5: its members are objects, and those of a claim are null or an object."""
    for response in (refused(server, claims=claims), refused(server, claims=claims, prompt="none"), server.decide(claims=claims)):
        assert "invalid_request" == answer_of(response)["error"]


@pytest.mark.fault(45)
@pytest.mark.parametrize("member", ["id_token", "userinfo"])
@pytest.mark.parametrize("asked", [{"value": "bob"}, {"values": ["bob", "carol"]}, {"values": []}, {"value": 1}, {"value": None}])
def test_a_request_for_another_sub_asks_that_user_to_sign_in(server: Server, member: str, asked: dict[str, Any]) -> None:
    """OpenID Connect Core §3.1.2.2, §5.5.1: no code is issued for another user than the one requested."""
    server.decide()
    claims = json.dumps({member: {"sub": asked}})

    assert "login_required" == answer_of(refused(server, prompt="none", claims=claims))["error"]
    assert "next" in login_parameters(ask(server, claims=claims))
    assert "next" in login_parameters(server.decide(claims=claims))


@pytest.mark.fault(45)
def test_a_request_for_the_sub_who_is_signed_in_is_answered(server: Server) -> None:
    """OpenID Connect Core §5.5.1: the user has the value, or one of the values."""
    server.decide()
    sub = server.user.user_id

    for asked in ({"value": sub}, {"values": ["bob", sub]}, {"essential": True, "value": sub, "values": [sub]}):
        claims = json.dumps({"id_token": {"sub": asked}, "userinfo": {"sub": asked}})
        assert "code" in answer_of(refused(server, prompt="none", claims=claims))


@pytest.mark.fault(45)
@pytest.mark.parametrize("asked", [{"values": ["silver", "gold"]}, {"value": "gold"}, {"values": []}])
def test_an_essential_acr_that_cannot_be_given_is_a_failed_authentication(server: Server, asked: dict[str, Any]) -> None:
    """OpenID Connect Core §5.5.1.1: no ID token here has an acr, and a new sign-in would not change that."""
    server.decide()
    claims = json.dumps({"id_token": {"acr": {"essential": True} | asked}})

    for prompt in ("none", None):
        assert "unmet_authentication_requirements" == answer_of(refused(server, claims=claims, prompt=prompt))["error"]


@pytest.mark.fault(45)
def test_an_id_token_hint_of_another_client_is_refused(server: Server) -> None:
    """OpenID Connect Core §3.1.2.1: the hint is about a session with the client that sends it."""
    server.decide()
    client = server.store.client("post")
    assert client is not None
    server.store.save_client(replace(client, scope=("openid",)))
    code = server.code(client_id="post", scope="openid", redirect_uri=CALLBACK)
    status, tokens = server.redeem(code, auth=None, client_id="post", client_secret=SECRET)
    assert 200 == status

    for response in (refused(server, prompt="none", id_token_hint=tokens["id_token"]), server.decide(id_token_hint=tokens["id_token"])):
        assert "invalid_request" == answer_of(response)["error"]


def test_the_session_of_a_user_who_is_gone_leads_to_the_sign_in(server: Server) -> None:
    """A session may outlive its user."""
    server.visitor.user_id = "nobody"

    assert "next" in login_parameters(ask(server))


# Consent --------------------------------------------------------------------------------------------------------------------------


def test_what_was_agreed_to_is_not_asked_again(server: Server) -> None:
    """Consent is remembered by user, client and scope."""
    server.decide(scope="openid profile")
    server.decide(scope="notes:read")

    assert "code" in answer_of(refused(server, scope="profile notes:read"))
    assert isinstance(ask(server, scope="profile notes:write"), Question)
    assert isinstance(ask(server, scope="profile", client_id="app", redirect_uri="https://app.example/public"), Question)


def test_prompt_consent_asks_again(server: Server) -> None:
    """OpenID Connect Core §3.1.2.1."""
    server.decide(scope="openid")

    assert isinstance(ask(server, scope="openid", prompt="consent"), Question)


@pytest.mark.fault(22)
@pytest.mark.parametrize(
    ("agreed", "wanted", "asked"),
    [
        (None, OTHER_API, True),
        (None, [ISSUER, OTHER_API], True),
        (OTHER_API, None, True),
        (OTHER_API, ISSUER, True),
        (OTHER_API, OTHER_API, False),
        ([ISSUER, OTHER_API], OTHER_API, False),
        ([ISSUER, OTHER_API], None, False),
        (None, ISSUER, False),
        (ISSUER, None, False),
    ],
)
def test_consent_covers_the_resource(server: Server, agreed: Any, wanted: Any, asked: bool) -> None:
    """RFC 8707 §2, §3: consent to use a scope at one resource is no consent to use it at another."""
    server.decide(scope="notes:read", resource=agreed)

    assert asked is isinstance(ask(server, scope="notes:read", resource=wanted), Question)


@pytest.mark.fault(22)
def test_scopes_at_one_resource_are_not_those_at_another(server: Server) -> None:
    """RFC 8707 §2: a scope and a resource that were never agreed to together are asked about."""
    server.decide(scope="notes:read", resource=OTHER_API)
    server.decide(scope="notes:write")

    assert isinstance(ask(server, scope="notes:write", resource=OTHER_API), Question)
    assert isinstance(ask(server, scope="notes:read"), Question)


@pytest.mark.fault(22)
@pytest.mark.parametrize(
    ("resource", "named"), [(OTHER_API, (OTHER_API,)), ([ISSUER, OTHER_API], (ISSUER, OTHER_API)), (ISSUER, ()), (None, ())]
)
def test_the_question_names_the_resource(server: Server, resource: Any, named: tuple[str, ...]) -> None:
    """RFC 8707 §2: the user sees where the client will use what they allow; the provider's own API goes without saying."""
    question = ask(server, resource=resource)

    assert isinstance(question, Question)
    assert named == question.resources


def test_consent_of_one_user_is_not_that_of_another(server: Server) -> None:
    """Mistake 10: nothing is shared between users."""
    server.decide(scope="openid")
    server.store.save_user(replace(server.user, user_id="bob", username="bob"))

    assert isinstance(server.provider.oauth2.ask(server.authorization_request(scope="openid"), Person("bob", 0)), Question)


@pytest.mark.parametrize(
    ("redirect_uri", "asked"),
    [("http://127.0.0.1:8123/cb", True), ("com.example.app:/cb", True), ("https://app.example/public", False)],
)
def test_a_public_client_without_a_web_address_is_asked_about_each_time(server: Server, redirect_uri: str, asked: bool) -> None:
    """RFC 8252 §8.6: any program on the device could pose as it."""
    parameters = {"client_id": "app", "redirect_uri": redirect_uri, "scope": "openid"}
    server.decide(**parameters)

    assert asked is isinstance(ask(server, **parameters), Question)


def test_a_parameter_cannot_pose_as_what_the_server_found_out(server: Server) -> None:
    """oauthlib's request turns every parameter into an attribute; ``user``, ``client`` and ``scopes`` are not the client's to set."""
    tokens = server.tokens(scope="notes:read", user="mallory", client="app", scopes="openid notes:write")

    checked = server.provider.require(Request("GET", ISSUER, {"authorization": f"Bearer {tokens['access_token']}"}), "notes:read")
    assert not isinstance(checked, Response)
    assert (server.user.user_id, "web", ("notes:read",)) == (checked.user_id, checked.client_id, checked.scope)


def test_scopes_are_kept_once_in_the_order_they_were_asked_for(server: Server) -> None:
    """RFC 6749 §3.3: the order does not matter, and a repetition adds nothing."""
    assert "notes:read openid" == server.tokens(scope="notes:read openid notes:read")["scope"]


def test_a_scope_left_out_means_all_that_the_client_registered(server: Server) -> None:
    """RFC 6749 §3.3: a pre-defined default."""
    code = server.code(client_id="post", scope=None)

    status, tokens = server.token(
        auth=None,
        grant_type="authorization_code",
        code=code,
        code_verifier=VERIFIER,
        client_id="post",
        client_secret=SECRET,
    )

    assert (200, "notes:read") == (status, tokens["scope"])


def test_the_challenge_is_the_digest_of_the_verifier() -> None:
    """The constants of these tests fit together (RFC 7636 §4.2)."""
    assert 43 == len(CHALLENGE)
