"""The flows of OAuth 2, the device grant and OAuth 1.0a against a served provider, step by step."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, quote_plus, urlencode, urlsplit

import httpx2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from oauthlib import oauth1

from tests.driving.browser import Browser, Page, Pairs, location, outcome, send
from tests.driving.seed import CALLBACK, DEVICE_GRANT, Client, Consumer

FORM_TYPE = "application/x-www-form-urlencoded"


_RSA_HASHES = {"RSA-SHA1": hashes.SHA1(), "RSA-SHA256": hashes.SHA256(), "RSA-SHA512": hashes.SHA512()}  # noqa: S303 - RFC 5849 §3.4.3


def _sign_rsa(base_string: str, client: oauth1.Client) -> str:
    key = load_pem_private_key(client.rsa_key.encode(), None)
    assert isinstance(key, RSAPrivateKey)
    return base64.b64encode(key.sign(base_string.encode(), PKCS1v15(), _RSA_HASHES[client.signature_method])).decode()


class _Signer(oauth1.Client):  # type: ignore[misc]  # oauthlib has no annotations
    """oauthlib's client; its own RSA needs one more package for what cryptography does."""

    SIGNATURE_METHODS = {**oauth1.Client.SIGNATURE_METHODS, **dict.fromkeys(_RSA_HASHES, _sign_rsa)}  # noqa: RUF012

    def __init__(self, *args: Any, body_hash: str | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        self._body_hash = [("oauth_body_hash", body_hash)] if body_hash else []

    def get_oauth_params(self, request: Any) -> list[tuple[str, str]]:
        """Sign the digest of a body, too (OAuth Request Body Hash 1.0 §3.2)."""
        return [*super().get_oauth_params(request), *self._body_hash]


def s256(verifier: str) -> str:
    """Return the S256 code challenge (RFC 7636 §4.2)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


def basic(client: Client) -> dict[str, str]:
    """Return the header of ``client_secret_basic``, with both parts form-encoded first (RFC 6749 §2.3.1)."""
    joined = f"{quote_plus(client.client_id)}:{quote_plus(client.client_secret or '')}"
    return {"Authorization": f"Basic {base64.b64encode(joined.encode()).decode()}"}


@dataclass
class Authorization:
    """An authorization request, and what the client has to remember of it."""

    client: Client
    url: str
    verifier: str
    state: str
    parameters: dict[str, str]


@dataclass
class OAuth1Token:
    """OAuth 1.0a credentials, temporary or not."""

    key: str
    secret: str = field(repr=False)


class Provider:
    """A served provider.

    Args:
        url: where requests are sent.
        issuer: its public URL; the same, unless several processes share one.
    """

    def __init__(self, url: str, issuer: str | None = None) -> None:
        self.url = url
        self.issuer = issuer or url

    # People ----------------------------------------------------------------------------------------------------------------------

    def sign_in(self, user: Mapping[str, str], browser: Browser | None = None) -> Browser:
        """Sign a user in over the page, and return the browser."""
        browser = browser or Browser()
        answer = browser.submit(browser.get(f"{self.url}/login"), username=user["username"], password=user["password"])
        assert f"{self.url}/account" == location(answer), answer.text
        return browser

    # OAuth 2 ---------------------------------------------------------------------------------------------------------------------

    def authorization(self, client: Client, /, **changes: str | None) -> Authorization:
        """Return an authorization request; a change of ``None`` leaves a parameter out."""
        verifier, state = secrets.token_urlsafe(48), secrets.token_urlsafe(8)
        parameters: dict[str, str | None] = {
            "response_type": "code",
            "client_id": client.client_id,
            "redirect_uri": client.redirect_uri,
            "scope": client.scope,
            "state": state,
            "code_challenge": s256(verifier),
            "code_challenge_method": "S256",
        }
        given = {name: value for name, value in (parameters | changes).items() if value is not None}
        return Authorization(client, f"{self.url}/oauth2/authorize?{urlencode(given)}", verifier, given.get("state", ""), given)

    def decide(self, browser: Browser, url: str, decision: str = "allow") -> httpx2.Response:
        """Open an authorization request and answer its question; return the redirect, which may also come without a question."""
        page = browser.get(url)
        if page.status_code in (302, 303):
            return page
        assert 200 == page.status_code, page.text
        return browser.submit(page, button=("decision", decision))

    def code(self, browser: Browser, request: Authorization) -> str:
        """Return the code of an authorization request that the user allows."""
        answer = outcome(self.decide(browser, request.url))
        assert "code" in answer, answer
        return answer["code"]

    def token(self, client: Client, parameters: Pairs, headers: Mapping[str, str] | None = None) -> httpx2.Response:
        """Send a token request, authenticated as the client is registered."""
        return self.call("/oauth2/token", client, parameters, headers)

    def call(self, path: str, client: Client, parameters: Pairs, headers: Mapping[str, str] | None = None) -> httpx2.Response:
        """Send a form to an endpoint where clients authenticate."""
        pairs = list(parameters.items() if isinstance(parameters, Mapping) else parameters)
        given = dict(headers or {})
        match client.method:
            case "client_secret_basic":
                given = basic(client) | given
            case "client_secret_post":
                pairs += [("client_id", client.client_id), ("client_secret", client.client_secret or "")]
            case "none":
                pairs += [("client_id", client.client_id)]
        return send("POST", f"{self.url}{path}", data=pairs, headers=given)

    def redeem(self, request: Authorization, code: str, /, **changes: str | None) -> httpx2.Response:
        """Send a code to the token endpoint; a change of ``None`` leaves a parameter out."""
        return self.token(request.client, redemption(request, code, **changes))

    def tokens(self, browser: Browser, client: Client, /, **changes: str | None) -> dict[str, Any]:
        """Perform the whole code flow, and return the token answer."""
        request = self.authorization(client, **changes)
        answer = self.redeem(request, self.code(browser, request))
        assert 200 == answer.status_code, answer.text
        return dict(answer.json())

    def refresh(self, client: Client, refresh_token: str, /, **more: str) -> httpx2.Response:
        """Send a refresh token to the token endpoint."""
        return self.token(client, {"grant_type": "refresh_token", "refresh_token": refresh_token, **more})

    def client_token(self, client: Client, /, **more: str) -> dict[str, Any]:
        """Return the token answer of the client credentials grant."""
        answer = self.token(client, {"grant_type": "client_credentials", **more})
        assert 200 == answer.status_code, answer.text
        return dict(answer.json())

    def introspect(self, client: Client, token: str) -> dict[str, Any]:
        """Return what introspection says of a token."""
        answer = self.call("/oauth2/introspect", client, {"token": token})
        assert 200 == answer.status_code, answer.text
        return dict(answer.json())

    def api(self, token: str, path: str = "/api/me", method: str = "GET", **more: Any) -> httpx2.Response:
        """Call the API with a bearer token."""
        return send(method, f"{self.url}{path}", headers={"Authorization": f"Bearer {token}"}, **more)

    # The device grant --------------------------------------------------------------------------------------------------------------

    def device(self, client: Client, /, **parameters: str) -> dict[str, Any]:
        """Return the codes that a device asks for."""
        answer = self.call("/oauth2/device_authorization", client, parameters)
        assert 200 == answer.status_code, answer.text
        return dict(answer.json())

    def poll(self, client: Client, device_code: str) -> httpx2.Response:
        """Ask for the device's tokens."""
        return self.token(client, {"grant_type": DEVICE_GRANT, "device_code": device_code})

    def type_code(self, browser: Browser, user_code: str, decision: str | None = "allow") -> httpx2.Response:
        """Type a user code, and answer the question that it brings up."""
        page = browser.submit(browser.get(f"{self.url}/device"), user_code=user_code)
        if decision is None or page.status_code != 200:
            return page
        return browser.submit(page, button=("decision", decision))

    # OAuth 1.0a ----------------------------------------------------------------------------------------------------------------------

    def sign(
        self,
        consumer: Consumer,
        path: str,
        token: OAuth1Token | None = None,
        *,
        method: str = "POST",
        body: Mapping[str, str] | None = None,
        **options: Any,
    ) -> tuple[str, dict[str, str], bytes | None]:
        """Return URL, headers and body of a request that oauthlib has signed for the public URL.

        Args:
            consumer: who signs.
            path: path and query.
            token: the credentials to sign with, beside the consumer's.
            method: the HTTP method.
            body: form fields.
            options: of ``oauthlib.oauth1.Client``: ``signature_method``, ``signature_type``, ``callback_uri``, ``verifier``, ``nonce``, …;
                ``body_hash``, the digest of a body that is not a form.
        """
        default = "RSA-SHA256" if consumer.private_key else "HMAC-SHA256"
        known: dict[str, Any] = {"client_secret": consumer.secret, "rsa_key": consumer.private_key, "signature_method": default}
        if token:
            known |= {"resource_owner_key": token.key, "resource_owner_secret": token.secret}
        signer = _Signer(consumer.consumer_key, **(known | options))
        in_body = options.get("signature_type") == "BODY"
        headers = {"Content-Type": FORM_TYPE} if body is not None or in_body else {}
        form = urlencode(body or {}) if headers else None
        url, headers, form = signer.sign(f"{self.issuer}{path}", method, body=form, headers=headers)
        content = form.encode() if isinstance(form, str) else form
        return self.url + url.removeprefix(self.issuer), dict(headers), content

    def signed(
        self, consumer: Consumer, path: str, token: OAuth1Token | None = None, *, method: str = "POST", **options: Any
    ) -> httpx2.Response:
        """Send a request that oauthlib has signed."""
        url, headers, content = self.sign(consumer, path, token, method=method, **options)
        return send(method, url, headers=headers, content=content)

    def temporary_credentials(self, consumer: Consumer, callback: str | None = None, **options: Any) -> OAuth1Token:
        """Return temporary credentials (RFC 5849 §2.1)."""
        answer = self.signed(consumer, "/oauth1/request_token", callback_uri=callback or consumer.callback, **options)
        return credentials(answer)

    def verifier(self, browser: Browser, temporary: OAuth1Token) -> str:
        """Let the user agree, and return the verifier that the callback carries (RFC 5849 §2.2)."""
        answer = outcome(self.decide(browser, f"{self.url}/oauth1/authorize?oauth_token={temporary.key}"))
        assert answer["oauth_token"] == temporary.key
        return answer["oauth_verifier"]

    def oauth1_token(self, browser: Browser, consumer: Consumer, **options: Any) -> OAuth1Token:
        """Perform the whole OAuth 1.0a flow, and return the token credentials."""
        temporary = self.temporary_credentials(consumer, **options)
        verifier = self.verifier(browser, temporary)
        return credentials(self.signed(consumer, "/oauth1/access_token", temporary, verifier=verifier, **options))


def redemption(request: Authorization, code: str, /, **changes: str | None) -> dict[str, str]:
    """Return the parameters that redeem a code; a change of ``None`` leaves one out."""
    parameters: dict[str, str | None] = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": request.parameters.get("redirect_uri"),
        "code_verifier": request.verifier,
    }
    return {name: value for name, value in (parameters | changes).items() if value is not None}


def credentials(answer: httpx2.Response) -> OAuth1Token:
    """Return the credentials of a form-encoded answer (RFC 5849 §2.1, §2.3)."""
    assert 200 == answer.status_code, answer.text
    fields = dict(parse_qsl(answer.text, strict_parsing=True))
    return OAuth1Token(fields["oauth_token"], fields["oauth_token_secret"])


def leaves_to(answer: httpx2.Response, target: str = CALLBACK) -> dict[str, str]:
    """Return the parameters of a redirect to ``target``, whose own bytes must be unchanged."""
    assert location(answer).startswith(target), location(answer)
    assert urlsplit(location(answer))[:3] == urlsplit(target)[:3]
    return outcome(answer)


def heading(answer: httpx2.Response) -> str:
    """Return the text of a page."""
    return Page(answer).text
