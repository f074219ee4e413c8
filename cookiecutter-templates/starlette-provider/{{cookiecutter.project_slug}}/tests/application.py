"""The application's side of OAuth 2.1: its requests, and what it does with the responses."""

import base64
import hashlib
import secrets

import httpx2

from tests.registered import CALLBACK, CLIENT

CODE_VERIFIER = secrets.token_urlsafe(48)
AUTHORIZATION_REQUEST = {
    "response_type": "code",
    "client_id": CLIENT["client_id"],
    "redirect_uri": CALLBACK,
    "scope": CLIENT["scope"],
    "state": secrets.token_urlsafe(),
    "code_challenge": base64.urlsafe_b64encode(hashlib.sha256(CODE_VERIFIER.encode()).digest()).decode().rstrip("="),
    "code_challenge_method": "S256",
    "prompt": "consent",  # otherwise a user who has agreed would not be asked again
}


def ask(browser, **changes):
    """Send a browser to the provider. A parameter that is changed to an empty string counts as missing (RFC 6749 §3.1)."""
    return browser.get("/oauth2/authorize", params=AUTHORIZATION_REQUEST | changes)


def brought_back(answer):
    """Return the parameters that a redirect brings to the application."""
    assert answer.is_redirect, answer.text
    target = httpx2.URL(answer.headers["location"])
    assert CALLBACK == str(target.copy_with(query=None))
    return dict(target.params)


def agree(browser, **changes):
    """Agree as the user, and return the code that the application gets."""
    return brought_back(browser.submit(ask(browser, **changes), decision="allow"))["code"]


def redeem(client, code, client_secret=CLIENT["client_secret"], **changes):
    """Send a code to the token endpoint, authenticated by `client_secret_basic`."""
    fields = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK, "code_verifier": CODE_VERIFIER}
    return client.post("/oauth2/token", data=fields | changes, auth=(CLIENT["client_id"], client_secret))


def refresh(client, tokens):
    """Send a refresh token to the token endpoint."""
    fields = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    return client.post("/oauth2/token", data=fields, auth=(CLIENT["client_id"], CLIENT["client_secret"]))


def bearer(tokens):
    """Return the header for the API (RFC 6750 §2.1)."""
    return {"Authorization": f"Bearer {tokens['access_token']}"}
