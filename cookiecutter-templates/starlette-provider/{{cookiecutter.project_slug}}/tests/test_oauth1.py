"""OAuth 1.0a: temporary credentials, the user's verifier, token credentials, and the API."""

from urllib.parse import parse_qsl

import httpx2
import pytest
from oauthlib import oauth1

from tests.registered import CALLBACK, OAUTH1_CONSUMER, PERSON


def send(client, method, path, client_secret=OAUTH1_CONSUMER["consumer_secret"], **options):
    """Send a request that is signed by the consumer (RFC 5849 §3)."""
    key = OAUTH1_CONSUMER["consumer_key"]
    signer = oauth1.Client(key, client_secret=client_secret, signature_method="HMAC-SHA256", **options)
    url, headers, _body = signer.sign(str(client.base_url.join(path)), method)
    return client.request(method, url, headers=headers)


def credentials(response):
    """Return the credentials of a response, as options of a signer (RFC 5849 §2.1, §2.3)."""
    assert 200 == response.status_code, response.text
    fields = dict(parse_qsl(response.text))
    return {"resource_owner_key": fields["oauth_token"], "resource_owner_secret": fields["oauth_token_secret"]}


@pytest.fixture
def temporary(client):
    """Temporary credentials (RFC 5849 §2.1)."""
    return credentials(send(client, "POST", "/oauth1/request_token", callback_uri=CALLBACK))


def test_a_person_agrees_and_the_consumer_acts_for_them(signed_in, client, temporary):
    """The whole flow (RFC 5849 §2); the temporary credentials do not work twice."""
    question = signed_in.get("/oauth1/authorize", params={"oauth_token": temporary["resource_owner_key"]})
    assert OAUTH1_CONSUMER["name"] in question.text
    target = httpx2.URL(signed_in.submit(question, decision="allow").headers["location"])
    assert CALLBACK == str(target.copy_with(query=None))
    verified = temporary | {"verifier": target.params["oauth_verifier"]}
    token = credentials(send(client, "POST", "/oauth1/access_token", **verified))
    assert PERSON["name"] == send(client, "GET", "/api/me", **token).json()["name"]
    assert 401 == send(client, "POST", "/oauth1/access_token", **verified).status_code


def test_credentials_that_nobody_has_agreed_to_open_nothing(client, temporary):
    """Without the user's verifier, they give access neither to the API nor to token credentials (RFC 5849 §2.3)."""
    assert 401 == send(client, "GET", "/api/me", **temporary).status_code
    assert 401 == send(client, "POST", "/oauth1/access_token", verifier="guessed", **temporary).status_code


def test_a_wrong_signature_is_refused(client):
    """Signing for a consumer requires its secret (RFC 5849 §3.2)."""
    response = send(client, "POST", "/oauth1/request_token", client_secret="wrong", callback_uri=CALLBACK)
    assert 401 == response.status_code


def test_nobody_is_sent_where_no_consumer_is_registered(client):
    """A callback that is not registered is refused, so that no verifier goes there (RFC 5849 §2.1)."""
    response = send(client, "POST", "/oauth1/request_token", callback_uri="https://evil.example/callback")
    assert 400 == response.status_code
