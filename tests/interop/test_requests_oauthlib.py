"""requests-oauthlib: what most Python applications speak OAuth with."""

from __future__ import annotations

from typing import Any

import pytest
from oauthlib.oauth1 import (
    SIGNATURE_HMAC_SHA1,
    SIGNATURE_HMAC_SHA256,
    SIGNATURE_HMAC_SHA512,
    SIGNATURE_RSA_SHA1,
    SIGNATURE_RSA_SHA256,
    SIGNATURE_RSA_SHA512,
    SIGNATURE_TYPE_AUTH_HEADER,
    SIGNATURE_TYPE_BODY,
    SIGNATURE_TYPE_QUERY,
)
from oauthlib.oauth2 import BackendApplicationClient, InvalidGrantError, LegacyApplicationClient, UnsupportedGrantTypeError
from requests_oauthlib import OAuth1Session, OAuth2Session
from requests_oauthlib.oauth1_session import TokenRequestDenied

from tests.driving.provider import Provider
from tests.driving.seed import APP, HMAC_CONSUMER, POST_CLIENT, RSA_CONSUMER, SERVICE, WEB, Client, Consumer
from tests.interop.person import agree, agree_and_read

pytestmark = pytest.mark.tier("deployment")


def oauth1_session(provider: Provider, consumer: Consumer, **options: Any) -> OAuth1Session:
    """Return a session that holds token credentials, after the whole flow."""
    session = OAuth1Session(
        consumer.consumer_key, client_secret=consumer.secret, rsa_key=consumer.private_key, callback_uri=consumer.callback, **options
    )
    session.fetch_request_token(f"{provider.url}/oauth1/request_token")
    callback = agree(session.authorization_url(f"{provider.url}/oauth1/authorize"))
    assert callback.startswith(f"{consumer.callback}?")
    session.parse_authorization_response(callback)
    session.fetch_access_token(f"{provider.url}/oauth1/access_token")
    return session


@pytest.mark.parametrize(
    ("consumer", "method", "place"),
    [
        (HMAC_CONSUMER, SIGNATURE_HMAC_SHA1, SIGNATURE_TYPE_AUTH_HEADER),
        (HMAC_CONSUMER, SIGNATURE_HMAC_SHA256, SIGNATURE_TYPE_AUTH_HEADER),
        (HMAC_CONSUMER, SIGNATURE_HMAC_SHA512, SIGNATURE_TYPE_AUTH_HEADER),
        (HMAC_CONSUMER, SIGNATURE_HMAC_SHA256, SIGNATURE_TYPE_QUERY),
        (RSA_CONSUMER, SIGNATURE_RSA_SHA1, SIGNATURE_TYPE_AUTH_HEADER),
        (RSA_CONSUMER, SIGNATURE_RSA_SHA256, SIGNATURE_TYPE_AUTH_HEADER),
        (RSA_CONSUMER, SIGNATURE_RSA_SHA512, SIGNATURE_TYPE_QUERY),
    ],
    ids=lambda value: value if isinstance(value, str) else value.consumer_key,
)
def test_an_oauth1_session_keeps_notes(provider: Provider, consumer: Consumer, method: str, place: str) -> None:
    """``OAuth1Session`` gets its credentials and signs GET, form and JSON, by each signature method that it has (RFC 5849 §3.4)."""
    with oauth1_session(provider, consumer, signature_method=method, signature_type=place) as session:
        form = session.post(f"{provider.url}/api/notes", data={"text": f"Ä form & by {method} in {place}: 100% ~"})
        json = session.post(f"{provider.url}/api/notes", json={"text": f"JSON by {method} in {place}"})
        assert (201, 201) == (form.status_code, json.status_code), form.text + json.text
        notes = session.get(f"{provider.url}/api/notes", params={"unused": "ä b+c"})
        assert 200 == notes.status_code, notes.text
        assert [form.json(), json.json()] == notes.json()["notes"][-2:]


def test_an_oauth1_session_signs_in_the_body(provider: Provider) -> None:
    """``OAuth1Session`` may put its credentials into the form (RFC 5849 §3.5.2)."""
    with oauth1_session(provider, HMAC_CONSUMER, signature_type=SIGNATURE_TYPE_BODY) as session:
        written = session.post(f"{provider.url}/api/notes", data={"text": "signed & in the body"})
        assert 201 == written.status_code, written.text
        assert "signed & in the body" == written.json()["text"]


def test_an_oauth1_session_is_told_why_it_is_refused(provider: Provider) -> None:
    """A wrong secret is ``TokenRequestDenied`` with status 401, as the client knows it from other providers."""
    with OAuth1Session(HMAC_CONSUMER.consumer_key, client_secret="wrong", callback_uri=HMAC_CONSUMER.callback) as session:
        with pytest.raises(TokenRequestDenied) as refusal:
            session.fetch_request_token(f"{provider.url}/oauth1/request_token")
        assert 401 == refusal.value.status_code


def test_out_of_band_the_person_carries_the_verifier(provider: Provider) -> None:
    """``callback_uri="oob"``: a program without a web address gets the verifier from the person (RFC 5849 §2.1)."""
    with OAuth1Session(HMAC_CONSUMER.consumer_key, client_secret=HMAC_CONSUMER.secret, callback_uri="oob") as session:
        session.fetch_request_token(f"{provider.url}/oauth1/request_token")
        verifier = agree_and_read(session.authorization_url(f"{provider.url}/oauth1/authorize"))
        session.fetch_access_token(f"{provider.url}/oauth1/access_token", verifier=verifier)
        assert "alice" == session.get(f"{provider.url}/api/me").json()["preferred_username"]


def oauth2_session(provider: Provider, client: Client, **options: Any) -> OAuth2Session:
    """Return a session that holds tokens, after the whole code flow with PKCE."""
    session = OAuth2Session(client.client_id, scope=client.scope.split(), redirect_uri=client.redirect_uri, pkce="S256", **options)
    url, _ = session.authorization_url(f"{provider.url}/oauth2/authorize")
    # How this library is told the method: Basic by default, else the form.
    in_form = {} if client.method == "client_secret_basic" else {"include_client_id": True}
    session.fetch_token(f"{provider.url}/oauth2/token", authorization_response=agree(url), client_secret=client.client_secret, **in_form)
    return session


@pytest.mark.parametrize("client", [WEB, POST_CLIENT, APP], ids=lambda client: client.method)
def test_an_oauth2_session_keeps_notes(provider: Provider, client: Client) -> None:
    """``OAuth2Session`` with ``pkce="S256"`` gets tokens with every client authentication, and calls the API with them (RFC 7636)."""
    with oauth2_session(provider, client) as session:
        written = session.post(f"{provider.url}/api/notes", json={"text": f"by {client.client_id}"})
        assert 201 == written.status_code, written.text
        assert written.json() in session.get(f"{provider.url}/api/notes").json()["notes"]
        assert "alice" == session.get(f"{provider.url}/oauth2/userinfo").json()["preferred_username"]


def test_an_oauth2_session_refreshes_by_itself(provider: Provider) -> None:
    """With ``auto_refresh_url`` an expired token is refreshed before the call, and ``token_updater`` gets the rotated one."""
    updated: list[dict[str, Any]] = []
    refreshing = {"auto_refresh_url": f"{provider.url}/oauth2/token", "token_updater": updated.append}
    with oauth2_session(provider, WEB, **refreshing) as session:
        first = dict(session.token)
        session.token = first | {"expires_in": -1, "expires_at": 1}
        answer = session.get(f"{provider.url}/api/me", client_id=WEB.client_id, client_secret=WEB.client_secret)
        assert 200 == answer.status_code, answer.text
        assert [session.token] == updated
        assert first["refresh_token"] != session.token["refresh_token"]
        with pytest.raises(InvalidGrantError):
            session.refresh_token(
                f"{provider.url}/oauth2/token", refresh_token=first["refresh_token"], auth=(WEB.client_id, WEB.client_secret)
            )


def test_a_backend_application_acts_for_itself(provider: Provider) -> None:
    """``BackendApplicationClient`` gets a token by client credentials (RFC 6749 §4.4)."""
    with OAuth2Session(client=BackendApplicationClient(SERVICE.client_id), scope=SERVICE.scope.split()) as session:
        token = session.fetch_token(f"{provider.url}/oauth2/token", client_secret=SERVICE.client_secret)
        assert "refresh_token" not in token
        written = session.post(f"{provider.url}/api/notes", data={"text": "by the service"})
        assert 201 == written.status_code, written.text
        assert written.json() in session.get(f"{provider.url}/api/notes").json()["notes"]


def test_there_is_no_password_grant(provider: Provider) -> None:
    """``LegacyApplicationClient`` is told ``unsupported_grant_type``, as OAuth 2.1 has no password grant."""
    with OAuth2Session(client=LegacyApplicationClient(WEB.client_id)) as session, pytest.raises(UnsupportedGrantTypeError):
        session.fetch_token(f"{provider.url}/oauth2/token", username="alice", password="guess", client_secret=WEB.client_secret)
