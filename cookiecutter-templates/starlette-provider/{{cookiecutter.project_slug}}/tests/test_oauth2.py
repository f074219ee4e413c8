"""OAuth 2.1: the authorization code with PKCE, its tokens, and the API."""

import secrets

import pytest

from tests.application import AUTHORIZATION_REQUEST, agree, ask, bearer, brought_back, redeem, refresh
from tests.registered import CALLBACK, CLIENT, PERSON


@pytest.fixture
def tokens(signed_in, client):
    """Tokens of a user who has agreed to everything that the application requested."""
    return redeem(client, agree(signed_in)).json()


def test_the_metadata_names_the_issuer_and_the_only_challenge_method(url, client):
    """Applications find the endpoints there (RFC 8414). The method `plain` would not protect the code (RFC 9700 §2.1.1)."""
    metadata = client.get("/.well-known/oauth-authorization-server").json()
    assert (url, ["S256"]) == (metadata["issuer"], metadata["code_challenge_methods_supported"])
    assert f"{url}/oauth2/token" == metadata["token_endpoint"]


def test_a_person_signs_in_and_agrees_and_the_application_acts_for_them(url, browser, client):
    """The whole flow (RFC 6749 §4.1): signing in, the question, the code, the tokens, the API."""
    sign_in = browser.get(ask(browser).headers["location"])
    question = browser.get(browser.submit(sign_in, username=PERSON["username"], password=PERSON["password"]).headers["location"])
    assert CLIENT["client_name"] in question.text
    answer = brought_back(browser.submit(question, decision="allow"))
    assert (AUTHORIZATION_REQUEST["state"], url) == (answer["state"], answer["iss"])
    response = redeem(client, answer["code"])
    assert (200, "no-store") == (response.status_code, response.headers["cache-control"])
    access = bearer(response.json())
    assert PERSON["name"] == client.get("/api/me", headers=access).json()["name"]
    assert 201 == client.post("/api/notes", headers=access, json={"text": "Buy milk"}).status_code
    assert "Buy milk" in [note["text"] for note in client.get("/api/notes", headers=access).json()["notes"]]


def test_a_person_may_refuse(signed_in):
    """The application gets an error and no code (RFC 6749 §4.1.2.1)."""
    answer = brought_back(signed_in.submit(ask(signed_in), decision="deny"))
    assert ("access_denied", AUTHORIZATION_REQUEST["state"]) == (answer["error"], answer["state"])
    assert "code" not in answer


def test_another_site_cannot_agree_for_a_person(signed_in):
    """An answer to the question is only accepted with the CSRF token of its page."""
    assert 400 == signed_in.post(ask(signed_in).url, data={"decision": "allow"}).status_code


@pytest.mark.parametrize("redirect_uri", ["https://evil.example/callback", f"{CALLBACK}/more", f"{CALLBACK}?more"])
def test_nobody_is_sent_where_no_client_is_registered(signed_in, redirect_uri):
    """Redirect URIs are compared as strings (RFC 9700 §2.1). The refusal is a page, because a redirect would go to that URI."""
    answer = ask(signed_in, redirect_uri=redirect_uri)
    assert 400 == answer.status_code
    assert "location" not in answer.headers


@pytest.mark.parametrize("changes", [{"code_challenge": "", "code_challenge_method": ""}, {"code_challenge_method": "plain"}])
def test_nobody_is_asked_without_pkce(signed_in, changes):
    """A code that needs no verifier would be worth stealing (RFC 9700 §2.1.1)."""
    assert "invalid_request" == brought_back(ask(signed_in, **changes))["error"]


def test_a_code_is_worth_nothing_without_its_verifier(signed_in, client):
    """On its own, a stolen code is useless (RFC 7636 §4.6)."""
    response = redeem(client, agree(signed_in), code_verifier=secrets.token_urlsafe(48))
    assert (400, "invalid_grant") == (response.status_code, response.json()["error"])


def test_a_code_is_worth_nothing_without_the_clients_secret(signed_in, client):
    """The application has to prove that it is the client (RFC 6749 §3.2.1)."""
    response = redeem(client, agree(signed_in), client_secret="wrong")
    assert (401, "invalid_client") == (response.status_code, response.json()["error"])


def test_a_code_works_once(signed_in, client):
    """A code that comes twice was stolen, so its tokens are revoked too (RFC 6749 §4.1.2)."""
    code = agree(signed_in)
    tokens = redeem(client, code).json()
    response = redeem(client, code)
    assert (400, "invalid_grant") == (response.status_code, response.json()["error"])
    assert 401 == client.get("/api/me", headers=bearer(tokens)).status_code


def test_a_refresh_token_works_once(client, tokens):
    """Each refresh issues a new one. If an old one comes again, it was stolen, so all are revoked (RFC 9700 §4.14.2)."""
    renewed = refresh(client, tokens).json()
    assert 200 == client.get("/api/me", headers=bearer(renewed)).status_code
    assert "invalid_grant" == refresh(client, tokens).json()["error"]
    assert "invalid_grant" == refresh(client, renewed).json()["error"]
    assert 401 == client.get("/api/me", headers=bearer(renewed)).status_code


def test_a_revoked_token_opens_nothing(client, tokens):
    """An application that revokes its refresh token loses its access (RFC 7009)."""
    form, credentials = {"token": tokens["refresh_token"]}, (CLIENT["client_id"], CLIENT["client_secret"])
    assert 200 == client.post("/oauth2/revoke", data=form, auth=credentials).status_code
    assert 401 == client.get("/api/me", headers=bearer(tokens)).status_code
    assert "invalid_grant" == refresh(client, tokens).json()["error"]


def test_the_api_is_closed_without_a_token(client):
    """The response has a challenge (RFC 6750 §3)."""
    response = client.get("/api/me")
    assert 401 == response.status_code
    assert "Bearer" in response.headers["www-authenticate"]


def test_a_token_opens_only_what_the_person_agreed_to(signed_in, client):
    """The API says that the scope is missing (RFC 6750 §3.1)."""
    access = bearer(redeem(client, agree(signed_in, scope="notes:read")).json())
    assert 200 == client.get("/api/notes", headers=access).status_code
    for response in (client.get("/api/me", headers=access), client.post("/api/notes", headers=access, json={"text": "No"})):
        assert 403 == response.status_code
        assert 'error="insufficient_scope"' in response.headers["www-authenticate"]
