"""OAuth 1.0a: temporary credentials, consent, token credentials and signed requests (RFC 5849)."""

from __future__ import annotations

import base64
import hashlib
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx2
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from oauthlib import oauth1
from oauthlib.common import add_params_to_uri

from shared_validator.consumer.callbacks import Callback
from shared_validator.consumer.claims import claims_of, record_of
from shared_validator.consumer.context import ConsumerContext
from shared_validator.consumer.errors import (
    NO_CODE,
    NOT_SET_UP,
    REFUSED,
    UNAVAILABLE,
    UNKNOWN_ATTEMPT,
    UNUSABLE,
    ConsumerError,
    refusal,
)
from shared_validator.consumer.metadata import json_object
from shared_validator.consumer.providers import ProviderConfiguration, rsa_private_key
from shared_validator.consumer.records import Attempt, Record, Tokens
from shared_validator.consumer.steps import Flow, request
from shared_validator.http import FORM
from shared_validator.validators.oauth1_signature import RSA_HASHES
from shared_validator.vault import digest


class OAuth1:
    """Signing in at an OAuth 1.0a provider. It has no state, so visitors and tabs share nothing.

    Args:
        context: the consumer.
        provider: the configuration.
    """

    def __init__(self, context: ConsumerContext, provider: ProviderConfiguration) -> None:
        self._context = context
        self._provider = provider

    def start(self, browser: str) -> Flow[str]:
        """Get temporary credentials (RFC 5849 §2.1) and return the consent page's URL (§2.2)."""
        callback = self._context.settings.callback(self._provider.name)
        asked = self._signed("POST", "request_token_endpoint", callback_uri=callback)
        answer = _credentials((yield asked), refused=NOT_SET_UP)
        # Without this the provider uses OAuth 1.0, where an attacker can make a victim agree to the
        # attacker's request.
        if answer.get("oauth_callback_confirmed") != "true":
            raise ConsumerError(UNUSABLE, "temporary credentials without oauth_callback_confirmed")
        attempt = Attempt(
            browser_hash=digest(browser).hex(),
            redirect_uri=callback,
            token_secret=answer["oauth_token_secret"],
        )
        self._context.records.save_attempt(
            self._provider.name, answer["oauth_token"], attempt, self._context.now()
        )
        return str(
            add_params_to_uri(
                self._provider.endpoints["authorization_endpoint"],
                [("oauth_token", answer["oauth_token"])],
            )
        )

    def state(self, callback: Callback) -> str:
        """Return the temporary token of the attempt. Raises ``ConsumerError``."""
        # After a refusal, the callback has `oauth_problem`, or at X the token in another parameter.
        return callback.get("denied") or callback.require("oauth_token", UNKNOWN_ATTEMPT)

    def finish(self, callback: Callback) -> Flow[Record]:
        """Turn a callback into a login (RFC 5849 §2.3). Raises ``ConsumerError``."""
        token = self.state(callback)
        attempt = self._context.records.claim_attempt(
            self._provider.name, token, callback, self._context.now()
        )
        denied = "user_refused" if callback.get("denied") else None
        problem = callback.get("oauth_problem") or denied
        if problem:
            raise refusal(problem)
        verifier = callback.require("oauth_verifier", NO_CODE)
        temporary = Tokens(access_token=token, token_secret=attempt.token_secret)
        answer = _credentials(
            (yield self._signed("POST", "access_token_endpoint", temporary, verifier=verifier)),
            refused=REFUSED,
        )
        tokens = Tokens(
            access_token=answer["oauth_token"], token_secret=answer["oauth_token_secret"]
        )
        claims = claims_of(
            self._provider, json_object((yield self._signed("GET", "userinfo_endpoint", tokens)))
        )
        return record_of(self._provider, claims, tokens, self._context.now())

    def end(self, tokens: Tokens) -> Flow[str | None]:
        """Do nothing: OAuth 1.0a has neither revocation nor a logout at the provider."""
        yield from ()
        return None

    def authorize(self, login_id: str, sent: httpx2.Request) -> Flow[None]:
        """Sign a request to the API, and send it."""
        record = self._context.records.require_login(login_id, self._context.now())
        sign(sent, self._provider, record.tokens, self._context.now())
        yield sent

    def _signed(
        self, method: str, endpoint: str, tokens: Tokens | None = None, **parameters: str
    ) -> httpx2.Request:
        asked = request(method, self._provider.endpoints[endpoint])
        sign(asked, self._provider, tokens, self._context.now(), **parameters)
        return asked


def _credentials(response: httpx2.Response, refused: str) -> dict[str, str]:
    """Read a form-encoded response (RFC 5849 §2.1, §2.3)."""
    if response.status_code != 200:
        raise ConsumerError(
            UNAVAILABLE if response.status_code >= 500 else refused,
            f"status {response.status_code}",
        )
    try:
        pairs = parse_qsl(
            response.content.decode("ascii").strip(),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=100,
        )
    except ValueError as error:
        raise ConsumerError(UNUSABLE, "credentials that are not form-encoded") from error
    values = dict(pairs)
    if (
        len(values) != len(pairs)
        or not values.get("oauth_token")
        or "oauth_token_secret" not in values
    ):
        raise ConsumerError(
            UNUSABLE, "credentials without oauth_token or oauth_token_secret, or with one repeated"
        )
    return values


def sign(
    sent: httpx2.Request,
    provider: ProviderConfiguration,
    tokens: Tokens | None,
    now: int,
    **parameters: str,
) -> None:
    """Sign a request whose body was read, in its ``Authorization`` header (RFC 5849 §3).

    A form is signed with the request. RFC 5849 leaves any other body unsigned, so its digest is
    signed as ``oauth_body_hash`` (OAuth Request Body Hash 1.0 §4.1.1).

    Args:
        sent: the request.
        provider: the provider, with this application's credentials.
        tokens: token credentials, or temporary ones; ``None`` before there are any.
        now: the timestamp.
        parameters: ``callback_uri`` or ``verifier``.
    """
    is_form = sent.headers.get("content-type", "").split(";", 1)[0].strip().lower() == FORM
    signer = _Signer(
        provider.client_id,
        client_secret=provider.client_secret,
        resource_owner_key=tokens.access_token if tokens else None,
        resource_owner_secret=tokens.token_secret if tokens else None,
        signature_method=provider.signature_method,
        rsa_key=provider.rsa_private_key,
        timestamp=str(now),
        **parameters,
    )
    if sent.content and not is_form:
        hashed = hashlib.new(provider.signature_method.rpartition("-")[2].lower(), sent.content)
        signer.body_hash = base64.b64encode(hashed.digest()).decode()
    parts = urlsplit(str(sent.url))
    form = _again(sent.content.decode()) if is_form else None
    headers = {"Content-Type": FORM} if is_form else {}
    _, signed, _ = signer.sign(
        parts._replace(query=_again(parts.query)).geturl(), sent.method, form, headers
    )
    sent.headers["Authorization"] = signed["Authorization"]


def _again(encoded: str) -> str:
    """Encode parameters again.

    The signature covers their decoded values, but oauthlib accepts fewer characters than a URL can
    have.
    """
    return urlencode(parse_qsl(encoded, keep_blank_values=True))


def _sign_rsa(base_string: str, signer: oauth1.Client) -> str:
    # oauthlib's own signing needs another library for what cryptography can do.
    signature = rsa_private_key(signer.rsa_key).sign(
        base_string.encode(), PKCS1v15(), RSA_HASHES[signer.signature_method]
    )
    return base64.b64encode(signature).decode()


class _Signer(oauth1.Client):  # type: ignore[misc]
    """oauthlib's client, for one request: it is mutable, so it is never shared."""

    SIGNATURE_METHODS = {**oauth1.Client.SIGNATURE_METHODS, **dict.fromkeys(RSA_HASHES, _sign_rsa)}  # noqa: RUF012
    body_hash: str | None = None

    def get_oauth_params(self, request: Any) -> list[tuple[str, str]]:
        parameters: list[tuple[str, str]] = super().get_oauth_params(request)
        return [*parameters, ("oauth_body_hash", self.body_hash)] if self.body_hash else parameters
