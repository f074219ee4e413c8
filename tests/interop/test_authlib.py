"""Authlib: its OAuth 1.0a and OAuth 2 clients on requests and on httpx2, and its login for Flask applications."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest
from authlib.common.security import generate_token
from authlib.integrations.base_client import OAuthError
from authlib.integrations.flask_client import OAuth
from authlib.integrations.httpx_client import OAuth1Client, OAuth2Client
from authlib.integrations.requests_client import OAuth1Session, OAuth2Session
from authlib.oauth1 import (
    SIGNATURE_HMAC_SHA1,
    SIGNATURE_RSA_SHA1,
    SIGNATURE_TYPE_BODY,
    SIGNATURE_TYPE_HEADER,
    SIGNATURE_TYPE_QUERY,
)
from authlib.oidc.core import CodeIDToken
from authlib.oidc.discovery import OpenIDProviderMetadata, get_well_known_url
from flask import Flask, session
from joserfc import jwt
from joserfc.jwk import KeySet

from tests.driving.browser import location, send
from tests.driving.provider import Provider
from tests.driving.seed import (
    ALICE,
    APP,
    ES256_CLIENT,
    HMAC_CONSUMER,
    POST_CLIENT,
    RSA_CONSUMER,
    SERVICE,
    SIGNED_OUT,
    WEB,
    Client,
    Consumer,
)
from tests.interop.person import agree

# OAuth 1.0a ------------------------------------------------------------------------------------------------------------------------

pytestmark = pytest.mark.tier("deployment")


@pytest.mark.parametrize("client_class", [OAuth1Session, OAuth1Client], ids=["requests", "httpx2"])
@pytest.mark.parametrize(
    ("consumer", "method", "place"),
    [
        (HMAC_CONSUMER, SIGNATURE_HMAC_SHA1, SIGNATURE_TYPE_HEADER),
        (HMAC_CONSUMER, SIGNATURE_HMAC_SHA1, SIGNATURE_TYPE_QUERY),
        (HMAC_CONSUMER, SIGNATURE_HMAC_SHA1, SIGNATURE_TYPE_BODY),
        (RSA_CONSUMER, SIGNATURE_RSA_SHA1, SIGNATURE_TYPE_HEADER),
    ],
    ids=["hmac-header", "hmac-query", "hmac-body", "rsa-header"],
)
def test_an_oauth1_client_keeps_notes(provider: Provider, client_class: Any, consumer: Consumer, method: str, place: str) -> None:
    """The whole flow, then signed GET, form and, with a signed digest of the body, JSON (RFC 5849 §3.4)."""
    options = {"signature_method": method, "signature_type": place, "rsa_key": consumer.private_key}
    with client_class(consumer.consumer_key, consumer.secret, redirect_uri=consumer.callback, **options) as client:
        client.fetch_request_token(f"{provider.url}/oauth1/request_token")
        callback = agree(client.create_authorization_url(f"{provider.url}/oauth1/authorize"))
        client.parse_authorization_response(callback)
        token = client.fetch_access_token(f"{provider.url}/oauth1/access_token")
    secrets = {"token": token["oauth_token"], "token_secret": token["oauth_token_secret"], "force_include_body": True}
    with client_class(consumer.consumer_key, consumer.secret, **secrets, **options) as client:
        written = [client.post(f"{provider.url}/api/notes", data={"text": "Ä form & more"})]
        if place != SIGNATURE_TYPE_BODY:  # which has no place in what is no form
            written.append(client.post(f"{provider.url}/api/notes", json={"text": "JSON with a digest"}))
        assert [201] * len(written) == [answer.status_code for answer in written], [answer.text for answer in written]
        if place != SIGNATURE_TYPE_BODY:
            notes = client.get(f"{provider.url}/api/notes", params={"unused": "ä b+c"})
            assert [answer.json() for answer in written] == notes.json()["notes"][-2:]


# OAuth 2 and OpenID Connect ----------------------------------------------------------------------------------------------------------


def metadata_of(provider: Provider) -> OpenIDProviderMetadata:
    """Return the provider's metadata, which Authlib finds to be right."""
    answer = send("GET", get_well_known_url(provider.issuer, external=True))
    metadata = OpenIDProviderMetadata(answer.json())
    metadata.validate()
    assert provider.issuer == metadata["issuer"]
    return metadata


def verified(provider: Provider, client: Client, token: dict[str, Any], nonce: str) -> CodeIDToken:
    """Return the claims of an ID token, checked as Authlib's documentation says."""
    metadata = metadata_of(provider)
    keys = KeySet.import_key_set(send("GET", metadata["jwks_uri"]).json())
    found = jwt.decode(token["id_token"], keys, algorithms=metadata["id_token_signing_alg_values_supported"])
    expected = {"nonce": nonce, "client_id": client.client_id, "access_token": token["access_token"]}
    claims = CodeIDToken(found.claims, found.header, {"iss": {"values": [metadata["issuer"]]}}, expected)
    claims.validate()
    return claims


@pytest.mark.parametrize("client_class", [OAuth2Session, OAuth2Client], ids=["requests", "httpx2"])
@pytest.mark.parametrize("registered", [WEB, POST_CLIENT, APP, ES256_CLIENT], ids=lambda client: client.client_id)
def test_an_oauth2_client_signs_a_person_in(provider: Provider, client_class: Any, registered: Client) -> None:
    """Metadata, code with PKCE, ID token with nonce, userinfo, API, refresh, introspection, revocation, by each client authentication."""
    metadata = metadata_of(provider)
    updated: list[dict[str, Any]] = []
    options = {
        "token_endpoint_auth_method": registered.method,
        "revocation_endpoint_auth_method": registered.method,
        "scope": registered.scope,
        "redirect_uri": registered.redirect_uri,
        "code_challenge_method": "S256",
        "token_endpoint": metadata["token_endpoint"],
        "update_token": lambda token, **_: updated.append(token),
    }
    with client_class(registered.client_id, registered.client_secret, **options) as client:
        verifier, nonce = generate_token(48), generate_token(20)
        url, state = client.create_authorization_url(metadata["authorization_endpoint"], code_verifier=verifier, nonce=nonce)
        client.fetch_token(authorization_response=agree(url), state=state, code_verifier=verifier)
        claims = verified(provider, registered, client.token, nonce)
        assert claims["sub"] == client.get(metadata["userinfo_endpoint"]).json()["sub"]
        assert 201 == client.post(f"{provider.url}/api/notes", json={"text": "by Authlib"}).status_code

        first = dict(client.token)
        client.token = first | {"expires_at": 1}
        assert 200 == client.get(f"{provider.url}/api/notes").status_code
        assert [client.token] == updated
        assert first["refresh_token"] != client.token["refresh_token"]
        ends(provider, client, claims["sub"])


def ends(provider: Provider, client: Any, subject: str) -> None:
    """Introspect where the client may, then revoke, after which nothing is left."""
    metadata, access_token = metadata_of(provider), client.token["access_token"]
    if client.token_endpoint_auth_method != "none":
        found = client.introspect_token(metadata["introspection_endpoint"], access_token).json()
        assert (True, client.client_id, subject) == (found["active"], found["client_id"], found["sub"])
    assert 200 == client.revoke_token(metadata["revocation_endpoint"], client.token["refresh_token"], "refresh_token").status_code
    assert 401 == provider.api(access_token).status_code
    with pytest.raises(OAuthError, match="invalid_grant"):
        client.refresh_token()


@pytest.mark.parametrize("client_class", [OAuth2Session, OAuth2Client], ids=["requests", "httpx2"])
def test_an_oauth2_client_acts_for_itself(provider: Provider, client_class: Any) -> None:
    """Client credentials (RFC 6749 §4.4), which Authlib asks for anew when the token has expired."""
    options = {"scope": SERVICE.scope, "token_endpoint": metadata_of(provider)["token_endpoint"]}
    with client_class(SERVICE.client_id, SERVICE.client_secret, grant_type="client_credentials", **options) as client:
        first = dict(client.fetch_token())
        assert 201 == client.post(f"{provider.url}/api/notes", json={"text": "by the service"}).status_code
        client.token = first | {"expires_at": 1}
        assert 200 == client.get(f"{provider.url}/api/notes").status_code
        assert first["access_token"] != client.token["access_token"]


# Flask's login by Authlib --------------------------------------------------------------------------------------------------------------


def test_a_flask_application_signs_a_person_in(provider: Provider) -> None:
    """Authlib's Flask integration needs the discovery URL alone: it signs in, checks the ID token, and signs out (RP-Initiated Logout)."""
    application = Flask(__name__)
    application.secret_key = generate_token(48)
    cookbook = OAuth(application).register(
        "cookbook",
        client_id=WEB.client_id,
        client_secret=WEB.client_secret,
        server_metadata_url=get_well_known_url(provider.issuer, external=True),
        client_kwargs={"scope": WEB.scope, "code_challenge_method": "S256"},
    )
    with application.test_request_context("/"):
        started = cookbook.authorize_redirect(WEB.redirect_uri)
        kept = dict(session)
    callback = agree(started.location)
    with application.test_request_context(f"/?{urlsplit(callback).query}"):
        session.update(kept)
        token = cookbook.authorize_access_token()
        claims = cookbook.userinfo()
        assert (token["userinfo"]["sub"], "alice") == (claims["sub"], claims["preferred_username"])
        leaving = cookbook.logout_redirect(SIGNED_OUT, id_token_hint=token["id_token"]).location
        kept = dict(session)
    browser = provider.sign_in(ALICE)
    left = location(browser.submit(browser.get(leaving), button=("decision", "allow")))
    assert left.startswith(f"{SIGNED_OUT}?")
    with application.test_request_context(f"/?{urlsplit(left).query}"):
        session.update(kept)
        assert {"post_logout_redirect_uri": SIGNED_OUT} == cookbook.validate_logout_response()
