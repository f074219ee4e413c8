"""What settings change: JWT access tokens, a grace for refreshes, short lifetimes, a public URL behind TLS."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet, OctKey
from sqlalchemy import make_url

from tests.conformance.conftest import RESOURCES, Served
from tests.conformance.facts import is_json, is_page, is_refused
from tests.driving.browser import Browser, location, outcome, send
from tests.driving.provider import Provider
from tests.driving.seed import ALICE, APP, DEVICE, HMAC_CONSUMER, OTHER, SECRET_DEVICE, SERVICE, WEB
from tests.driving.serving import Server

pytestmark = pytest.mark.tier("core")

# JWT access tokens (RFC 9068) --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def jwt_provider(served: Served) -> Provider:
    """A provider whose access tokens are JWTs."""
    return served.provider("jwt")


@pytest.fixture(scope="session")
def jwt_alice(jwt_provider: Provider) -> Browser:
    """A browser in which Alice is signed in there."""
    return jwt_provider.sign_in(ALICE)


def _decoded(provider: Provider, token: str) -> jwt.Token:
    keys = KeySet.import_key_set(send("GET", f"{provider.url}/.well-known/jwks.json").json())
    return jwt.decode(token, keys, algorithms=["RS256", "ES256"])


def test_rfc9068_2_a_jwt_access_token_says_what_it_is_for(jwt_provider: Provider, jwt_alice: Browser) -> None:
    """Header ``typ`` is ``at+jwt``; issuer, audience, subject, client, scope, times and an identifier are there; no name or e-mail."""
    tokens = jwt_provider.tokens(jwt_alice, WEB)
    decoded = _decoded(jwt_provider, tokens["access_token"])
    claims: dict[str, Any] = decoded.claims
    assert "at+jwt" == decoded.header["typ"]
    assert (jwt_provider.issuer, WEB.client_id, 3600) == (claims["iss"], claims["client_id"], claims["exp"] - claims["iat"])
    assert jwt_provider.issuer in claims["aud"]
    assert set(WEB.scope.split()) == set(claims["scope"].split())
    assert claims["jti"] != _decoded(jwt_provider, jwt_provider.tokens(jwt_alice, WEB)["access_token"]).claims["jti"]
    assert not {"name", "email", "preferred_username"} & set(claims)
    assert claims["sub"] == jwt_provider.api(tokens["access_token"]).json()["sub"]
    service = _decoded(jwt_provider, jwt_provider.client_token(SERVICE)["access_token"]).claims
    assert (SERVICE.client_id, SERVICE.client_id) == (service["sub"], service["client_id"])


@pytest.mark.tier("deployment")
def test_rfc9068_4_a_jwt_opens_the_api_it_is_for(jwt_provider: Provider, jwt_alice: Browser) -> None:
    """The API takes it, refuses one for another resource, one with too little scope, and a client's own about a user."""
    assert 200 == jwt_provider.api(jwt_provider.tokens(jwt_alice, WEB)["access_token"]).status_code
    elsewhere = jwt_provider.tokens(jwt_alice, WEB, resource=RESOURCES[0])["access_token"]
    is_refused(jwt_provider.api(elsewhere), "invalid_token", 401)
    is_refused(jwt_provider.api(jwt_provider.tokens(jwt_alice, WEB, scope="openid")["access_token"]), "insufficient_scope", 403)
    is_refused(jwt_provider.api(jwt_provider.client_token(SERVICE)["access_token"]), "insufficient_scope", 403)
    assert 200 == jwt_provider.api(jwt_provider.client_token(SERVICE)["access_token"], "/api/notes").status_code


def test_rfc8725_2_1_a_jwt_that_somebody_else_signed_is_none(jwt_provider: Provider, jwt_alice: Browser) -> None:
    """``alg: none``, HMAC with the public key, another key, an exchanged payload and an ID token are 401 (RFC 9068 §5: type confusion)."""
    tokens = jwt_provider.tokens(jwt_alice, WEB)
    header, payload, signature = tokens["access_token"].split(".")
    none = "eyJ0eXAiOiJhdCtqd3QiLCJhbGciOiJub25lIn0"
    claims = _decoded(jwt_provider, tokens["access_token"]).claims
    public = send("GET", f"{jwt_provider.url}/.well-known/jwks.json").json()["keys"][0]
    forged = jwt.encode({"alg": "HS256", "typ": "at+jwt", "kid": public["kid"]}, claims, OctKey.generate_key(256))
    _, other_payload, _ = jwt_provider.client_token(SERVICE)["access_token"].split(".")
    for token in (
        f"{none}.{payload}.",
        f"{none}.{payload}.{signature}",
        f"{header}.{other_payload}.{signature}",
        f"{header}.{payload}.",
        f"{header}.{payload}.{signature[:-4]}AAAA",
        f"{header}..{signature}",
        forged,
        tokens["id_token"],
    ):
        is_refused(jwt_provider.api(token), "invalid_token", 401)
    assert 200 == jwt_provider.api(tokens["access_token"]).status_code


def test_rfc7662_2_introspection_knows_a_revoked_jwt(jwt_provider: Provider, jwt_alice: Browser) -> None:
    """A JWT is described like any token, and after its revocation introspection says that it is not active."""
    token = jwt_provider.tokens(jwt_alice, WEB)["access_token"]
    assert jwt_provider.introspect(WEB, token)["active"] is True
    assert 200 == jwt_provider.call("/oauth2/revoke", WEB, {"token": token}).status_code
    assert {"active": False} == jwt_provider.introspect(WEB, token)


def test_rfc9068_6_refresh_and_reuse_are_the_same_for_jwts(jwt_provider: Provider, jwt_alice: Browser) -> None:
    """Mistake 6: rotation and reuse detection do not depend on what access tokens look like."""
    first = jwt_provider.tokens(jwt_alice, APP)
    second = jwt_provider.refresh(APP, first["refresh_token"]).json()
    assert 200 == jwt_provider.api(second["access_token"]).status_code
    is_refused(jwt_provider.refresh(APP, first["refresh_token"]), "invalid_grant")
    is_refused(jwt_provider.refresh(APP, second["refresh_token"]), "invalid_grant")


# Grace -------------------------------------------------------------------------------------------------------------------------------


def test_rfc9700_4_14_2_within_the_grace_a_lost_answer_comes_again(served: Served) -> None:
    """A repeated refresh of the same client gets the same answer, another client gets nothing, and the family goes on."""
    provider = served.provider("grace")
    browser = provider.sign_in(ALICE)
    first = provider.tokens(browser, WEB)
    second = provider.refresh(WEB, first["refresh_token"])
    again = provider.refresh(WEB, first["refresh_token"])
    assert (200, 200, second.json()) == (second.status_code, again.status_code, again.json())
    assert "no-store" in again.headers["cache-control"]
    is_refused(provider.refresh(OTHER, first["refresh_token"]), "invalid_grant")
    third = provider.refresh(WEB, second.json()["refresh_token"])
    assert 200 == third.status_code
    assert 200 == provider.api(third.json()["access_token"]).status_code


def test_rfc9700_4_14_2_a_grace_is_none_after_revocation(served: Served) -> None:
    """What was revoked does not come back by repeating the refresh that made it."""
    provider = served.provider("grace")
    first = provider.tokens(provider.sign_in(ALICE), WEB)
    second = provider.refresh(WEB, first["refresh_token"]).json()
    provider.call("/oauth2/revoke", WEB, {"token": second["refresh_token"]})
    is_refused(provider.refresh(WEB, first["refresh_token"]), "invalid_grant")
    assert 401 == provider.api(second["access_token"]).status_code


# Lifetimes ---------------------------------------------------------------------------------------------------------------------------


def test_rfc6749_4_1_2_what_has_expired_is_refused(served: Served) -> None:
    """Codes, access tokens, refresh tokens and device codes end with their lifetime, each with the error that its RFC names."""
    provider = served.provider("short")
    browser = provider.sign_in(ALICE)
    request = provider.authorization(WEB)
    code = provider.code(browser, request)
    tokens = provider.tokens(browser, WEB)
    assert 5 == tokens["expires_in"]
    codes = provider.device(DEVICE, scope="profile")
    approved = provider.device(SECRET_DEVICE, scope="profile")
    page = provider.type_code(browser, approved["user_code"], None)
    time.sleep(5.1)
    is_refused(provider.redeem(request, code), "invalid_grant")
    is_refused(provider.api(tokens["access_token"]), "invalid_token", 401)
    is_refused(provider.refresh(WEB, tokens["refresh_token"]), "invalid_grant")
    assert {"active": False} == provider.introspect(WEB, tokens["access_token"])
    assert {"active": False} == provider.introspect(WEB, tokens["refresh_token"])
    is_refused(provider.poll(DEVICE, codes["device_code"]), "expired_token")
    is_page(provider.type_code(browser, codes["user_code"], None), 400)
    is_page(browser.submit(page, button=("decision", "allow")), 400)
    is_refused(provider.poll(SECRET_DEVICE, approved["device_code"]), "expired_token")
    # An expired ID token still says whose session is to end (RP-Initiated Logout §4).
    assert 200 == browser.get(f"{provider.url}/oauth2/logout", id_token_hint=tokens["id_token"]).status_code


def test_openid_core_3_1_2_1_a_sign_in_grows_too_old(served: Served) -> None:
    """After ``max_age`` seconds the user signs in again; with ``prompt=none`` the client is told."""
    provider = served.provider("short")
    browser = provider.sign_in(ALICE)
    time.sleep(2.1)
    assert "/login" == urlsplit(location(browser.get(provider.authorization(WEB, max_age="1").url))).path
    silent = outcome(browser.get(provider.authorization(WEB, max_age="1", prompt="none").url))
    assert "login_required" == silent["error"]


@pytest.mark.tier("conformance")
def test_rfc9110_15_6_4_without_its_store_the_server_is_not_healthy(served: Served, new_postgresql_database: Callable[[], str]) -> None:
    """While the database takes no connections ``/healthz`` is 503 and says nothing of it; afterwards it is 200 again."""
    url = new_postgresql_database()
    server = Server(served.framework, "provider", served.folder, database=url).start()
    try:
        assert 200 == send("GET", f"{server.url}/healthz").status_code
        with psycopg.connect(make_url(url).set(database="postgres").render_as_string(hide_password=False), autocommit=True) as admin:
            name = make_url(url).database
            admin.execute(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS false".encode())
            admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,))
            answer = send("GET", f"{server.url}/healthz")
            is_json(answer, 503)
            assert "postgres" not in answer.text.lower()
            admin.execute(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS true".encode())
        assert 200 == send("GET", f"{server.url}/healthz").status_code
    finally:
        server.stop()


# Behind TLS --------------------------------------------------------------------------------------------------------------------------


@pytest.mark.tier("deployment")
def test_rfc6265_4_1_2_5_behind_tls_the_cookie_is_secure(served: Served) -> None:
    """With an https public URL the session's cookie is Secure."""
    provider = served.provider("https")
    browser = Browser()
    browser.submit(browser.get(f"{provider.url}/login"), username=ALICE["username"], password=ALICE["password"])
    assert browser.set_cookie_headers
    assert all("secure" in {part.strip().lower() for part in header.split(";")} for header in browser.set_cookie_headers)


@pytest.mark.tier("deployment")
def test_rfc8414_2_behind_tls_every_url_is_the_public_one(served: Served) -> None:
    """Metadata, challenges, device URLs, ``iss`` and the signatures of OAuth 1.0a are those of the public URL, whatever the port."""
    provider = served.provider("https")
    metadata = send("GET", f"{provider.url}/.well-known/openid-configuration").json()
    urls = [value for value in metadata.values() if isinstance(value, str) and "://" in value]
    assert all(url.startswith("https://provider.example") for url in urls)
    assert "https://provider.example/.well-known/" in send("GET", f"{provider.url}/api/me").headers.get_list("www-authenticate")[0]
    assert provider.device(DEVICE, scope="profile")["verification_uri"].startswith("https://provider.example/")
    assert provider.temporary_credentials(HMAC_CONSUMER).key
    request = provider.authorization(WEB, code_challenge=None)
    assert "https://provider.example" == outcome(Browser().get(request.url))["iss"]
