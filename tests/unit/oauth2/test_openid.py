"""OpenID Connect: ID tokens, userinfo, keys and their rotation."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet, OctKey

from shared_validator.keys import CLOCK_SECONDS, PUBLISH_SECONDS, KeyRing
from shared_validator.tokens import TokenSigner, half_hash
from tests.unit.oauth2.server import CALLBACK, ISSUER, SECRET, VERIFIER, Server


def key_set(server: Server) -> KeySet:
    return KeySet.import_key_set(json.loads(server.call("jwks").body))


def verified(server: Server, token: str, algorithm: str = "RS256") -> jwt.Token:
    return jwt.decode(token, key_set(server), algorithms=[algorithm])


def test_an_id_token_says_who_signed_in_when_and_for_whom(server: Server) -> None:
    """OpenID Connect Core §2, §3.1.3.6; Mistake 9: signed with a published key, so that a client can verify it."""
    tokens = server.tokens(nonce="n-1")

    token = verified(server, tokens["id_token"])

    now = int(server.clock())
    expected = {
        "iss": ISSUER,
        "sub": server.user.user_id,
        "aud": "web",
        "iat": now,
        "exp": now + 3600,
        "auth_time": now,
        "nonce": "n-1",
        "at_hash": half_hash(tokens["access_token"]),
    }
    assert expected == token.claims
    assert {"alg", "typ", "kid"} == set(token.header)


def test_at_hash_is_that_of_the_specification() -> None:
    """OpenID Connect Core §3.3.2.11 computes c_hash in the same way; the value is the one of its example in Appendix A.4."""
    assert "LDktKdoQak3Pk0cnXxCltA" == half_hash("Qcb0Orv1zh30vL1MPRsbm-diHiMwcLyZvn1arpZv-Jxf_11jnpEX3Tgfvk")


def test_a_client_chooses_the_algorithm_of_its_id_tokens(server: Server) -> None:
    """OpenID Connect Registration §2: id_token_signed_response_alg."""
    client = server.store.client("post")
    assert client is not None
    server.store.save_client(replace(client, scope=("openid",)))
    form = {"grant_type": "authorization_code", "code": server.code(client_id="post", scope="openid"), "code_verifier": VERIFIER}

    _, tokens = server.token(auth=None, client_id="post", client_secret=SECRET, redirect_uri=CALLBACK, **form)

    assert "post" == verified(server, tokens["id_token"], "ES256").claims["aud"]


@pytest.mark.fault(16)
@pytest.mark.parametrize("extra", ["offline_access", "address phone", " notes:read", "unknown", 'a"b'])
def test_scopes_that_mean_nothing_here_are_left_out_of_an_openid_request(server: Server, extra: str) -> None:
    """OpenID Connect Core §3.1.2.1: they are ignored, and the response says what was granted (RFC 6749 §3.3)."""
    left = [name for name in ("openid", *extra.split()) if name in ("openid", "notes:read")]

    tokens = server.tokens(scope=f"openid {extra}")

    assert left == tokens["scope"].split()
    assert "id_token" in tokens


@pytest.mark.fault(16)
def test_a_scope_that_the_client_may_not_have_is_left_out_of_an_openid_request(server: Server) -> None:
    """OpenID Connect Core §3.1.2.1: an SDK asks for its default scopes, whatever the client registered."""
    client = server.store.client("web")
    assert client is not None
    server.store.save_client(replace(client, scope=("openid",)))

    assert "openid" == server.tokens(scope="openid profile email")["scope"]


def _with_offline_access(server: Server, **changes: Any) -> None:
    client = server.store.client("web")
    assert client is not None
    server.store.save_client(replace(client, scope=(*client.scope, "offline_access"), **changes))


@pytest.mark.fault(16)
def test_offline_access_is_asked_for_and_granted(server: Server) -> None:
    """OpenID Connect Core §11: the user reads that the client keeps its access, and the metadata offers the scope."""
    _with_offline_access(server)
    request = server.authorization_request(scope="openid offline_access")

    question = server.provider.oauth2.ask(request, server.visitor)

    assert ("offline_access", "Keep this access while you are away") in question.scopes
    assert "openid offline_access" == server.tokens(scope="openid offline_access")["scope"]
    assert "offline_access" in json.loads(server.call("openid_configuration").body)["scopes_supported"]


@pytest.mark.fault(16)
def test_a_client_registered_for_refresh_tokens_gets_them_without_offline_access(server: Server) -> None:
    """OpenID Connect Core §11 lets a provider issue refresh tokens in other cases too: the registered grant type decides."""
    assert "refresh_token" in server.tokens(scope="openid")


@pytest.mark.fault(16)
def test_a_client_not_registered_for_refresh_tokens_keeps_no_access(server: Server) -> None:
    """OpenID Connect Core §11: the page promises no offline access that the client will not have."""
    _with_offline_access(server, grant_types=("authorization_code",))

    tokens = server.tokens(scope="openid offline_access")

    assert "openid" == tokens["scope"]
    assert "refresh_token" not in tokens


def test_without_openid_there_is_no_id_token(server: Server) -> None:
    """OpenID Connect Core §3.1.2.1."""
    assert "id_token" not in server.tokens(scope="profile notes:read")


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        ("openid", set()),
        ("openid profile", {"name", "preferred_username"}),
        ("openid email", {"email", "email_verified"}),
    ],
)
def test_userinfo_tells_what_the_scope_allows(server: Server, scope: str, expected: set[str]) -> None:
    """OpenID Connect Core §5.3, §5.4; by GET and by POST."""
    authorization = f"Bearer {server.tokens(scope=scope)['access_token']}"

    for form in (None, {}):
        response = server.call("oauth2_userinfo", form, authorization=authorization)

        assert 200 == response.status
        claims = json.loads(response.body)
        assert {"sub"} | expected == set(claims)
        assert server.user.user_id == claims["sub"]
        assert claims.get("email_verified") in (None, False)
        assert "*" == response.header("access-control-allow-origin")


def test_userinfo_needs_the_scope_openid(server: Server) -> None:
    """OpenID Connect Core §5.3.1, RFC 6750 §3.1."""
    response = server.call("oauth2_userinfo", authorization=f"Bearer {server.tokens(scope='profile')['access_token']}")

    assert 403 == response.status
    assert 'error="insufficient_scope"' in (response.header("www-authenticate") or "")
    assert 'scope="openid"' in (response.header("www-authenticate") or "")


# Keys -----------------------------------------------------------------------------------------------------------------------------


def test_the_key_set_shows_nothing_private(server: Server) -> None:
    """RFC 7517 §5, §9.2."""
    keys = json.loads(server.call("jwks").body)["keys"]

    assert {"RS256", "ES256"} == {key["alg"] for key in keys}
    for key in keys:
        assert "sig" == key["use"]
        assert key["kid"]
        assert not {"d", "p", "q", "dp", "dq", "qi", "k"} & set(key)


def test_a_rotation_breaks_no_valid_token(server: Server) -> None:
    """A key is published before it signs, and as long as what it signed is valid (OpenID Connect Core §10.1.1)."""
    ring = KeyRing(server.provider.context)
    old = server.tokens()["id_token"]
    old_kids = {key["kid"] for key in json.loads(server.call("jwks").body)["keys"]}

    made = set(ring.rotate())

    assert old_kids | made == {key["kid"] for key in json.loads(server.call("jwks").body)["keys"]}
    assert verified(server, server.tokens()["id_token"]).header["kid"] in old_kids

    server.clock.time += PUBLISH_SECONDS
    last = server.tokens()["id_token"]
    assert verified(server, last).header["kid"] in made
    assert verified(server, old).claims["sub"] == server.user.user_id

    server.clock.time += 2 * CLOCK_SECONDS + 3600
    assert made == {key["kid"] for key in json.loads(server.call("jwks").body)["keys"]}


def test_a_retired_key_stays_until_the_last_id_token_has_expired(make_server: Any) -> None:
    """OpenID Connect Core §10.1.1: also if ID tokens live longer than access tokens."""
    server: Server = make_server(id_token_seconds=7200)
    server.call("jwks")
    KeyRing(server.provider.context).rotate()
    server.clock.time += PUBLISH_SECONDS - 1
    last = server.tokens()["id_token"]

    server.clock.time += 7199

    assert server.user.user_id == verified(server, last).claims["sub"]


def test_a_second_rotation_leaves_the_retirement_of_the_first_as_it_was(server: Server) -> None:
    """Rotating often does not keep old keys alive."""
    server.call("jwks")
    ring = KeyRing(server.provider.context)
    ring.rotate()
    before = {key.kid: key.expires_at for key in server.store.signing_keys() if key.expires_at}
    server.clock.time += 10

    ring.rotate()

    after = {key.kid: key.expires_at for key in server.store.signing_keys()}
    assert before.items() <= after.items()


def test_processes_that_start_at_once_agree_on_a_key(server: Server) -> None:
    """Each may have made a first key; all sign with the same one, and know both."""
    rings = [KeyRing(server.provider.context) for _ in range(2)]
    for ring in rings:
        ring._load()
    kids = {ring.signing_key("ES256").kid for ring in rings}

    assert 1 == len({ring.signing_key("ES256").kid for ring in rings})
    assert all(ring.find(str(kid)) for ring in rings for kid in kids)


def test_private_keys_rest_encrypted(server: Server) -> None:
    """Mistake 9: no shared constant and no key in clear text."""
    server.call("jwks")

    for key in server.store.signing_keys():
        assert b'"d"' not in key.sealed_key


# What is refused ------------------------------------------------------------------------------------------------------------------


def foreign(claims: dict[str, Any], algorithm: str = "HS256") -> str:
    return jwt.encode({"alg": algorithm, "typ": "JWT"}, claims, OctKey.import_key("x" * 32))


@pytest.mark.parametrize(
    "token",
    ["", "abc", "a.b.c", "é.è.ê", foreign({"iss": ISSUER, "sub": "x"}), "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0."],
)
def test_what_the_server_did_not_sign_is_no_token_of_its_own(server: Server, token: str) -> None:
    """RFC 8725 §3.1: only RS256 and ES256, with a key that is known; never ``none``, never a shared secret."""
    signer = TokenSigner(server.provider.context, KeyRing(server.provider.context))

    assert signer.verify_id_token_hint(token) is None
    assert signer.verify_access_token(token) is None


def test_an_id_token_is_no_access_token_nor_the_other_way_round(make_server: Any) -> None:
    """RFC 9068 §5: the type in the header tells them apart."""
    server: Server = make_server(access_token_format="jwt")
    tokens = server.tokens()
    signer = TokenSigner(server.provider.context, KeyRing(server.provider.context))

    assert signer.verify_access_token(tokens["id_token"]) is None
    assert signer.verify_id_token_hint(tokens["access_token"]) is None
    assert 401 == server.api(tokens["id_token"])


def test_an_expired_id_token_is_still_a_hint(server: Server) -> None:
    """RP-Initiated Logout 1.0 §4: the server should accept it."""
    token = server.tokens()["id_token"]
    signer = TokenSigner(server.provider.context, KeyRing(server.provider.context))
    server.clock.time += 4000

    hint = signer.verify_id_token_hint(token)

    assert hint is not None
    assert server.user.user_id == hint["sub"]


def test_a_token_of_another_issuer_with_the_same_keys_is_foreign(server: Server) -> None:
    """RFC 8725 §3.8: the issuer is compared."""
    from shared_validator.context import Context
    from shared_validator.settings import Settings

    context = server.provider.context
    other = Context(Settings(issuer="https://other.example", secret_keys=context.settings.secret_keys), context.store, {}, context.clock)

    assert TokenSigner(other, KeyRing(other)).verify_id_token_hint(server.tokens()["id_token"]) is None
