"""OAuth 2: the authorization code flow with PKCE, always with `state` (RFC 6749 §4.1, RFC 7636, RFC 9700 §2.1)."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from oauthlib.common import add_params_to_uri

from shared_validator import events
from shared_validator.consumer.callbacks import Callback
from shared_validator.consumer.claims import claims_of, record_of
from shared_validator.consumer.context import ConsumerContext
from shared_validator.consumer.errors import (
    NO_CODE,
    OTHER_ISSUER,
    UNKNOWN_ATTEMPT,
    ConsumerError,
    quoted,
    refusal,
)
from shared_validator.consumer.metadata import Metadata, endpoint, json_object
from shared_validator.consumer.providers import ProviderConfiguration
from shared_validator.consumer.records import Attempt, Record, Tokens
from shared_validator.consumer.steps import Flow, request
from shared_validator.consumer.tokens import ask, read_tokens
from shared_validator.vault import digest, new_secret


class OAuth2:
    """Signing in at an OAuth 2 provider. It has no state, so visitors and tabs share nothing.

    Args:
        context: the consumer.
        provider: the configuration.
    """

    def __init__(self, context: ConsumerContext, provider: ProviderConfiguration) -> None:
        self.name = provider.name
        self._context = context
        self._provider = provider
        self._scope = tuple(provider.scope.split())

    def start(self, browser: str) -> Flow[str]:
        """Return the URL of the authorization request, for this browser only."""
        metadata = yield from self._metadata()
        state = new_secret()
        attempt = Attempt(
            browser_hash=digest(browser).hex(),
            redirect_uri=self._context.settings.callback(self._provider.name),
            code_verifier=new_secret(),
            nonce=new_secret(),
        )
        self._context.records.save_attempt(self._provider.name, state, attempt, self._context.now())
        parameters = {
            "response_type": "code",
            "client_id": self._provider.client_id,
            "redirect_uri": attempt.redirect_uri,
            "scope": self._provider.scope,
            "state": state,
            **(_pkce(attempt) if self._provider.accepts_pkce else {}),
            "response_mode": self._provider.response_mode or "",
            **self._more_parameters(attempt),
            **self._provider.authorization_parameters,
        }
        url = endpoint(metadata, "authorization_endpoint")
        return str(
            add_params_to_uri(url, [(name, value) for name, value in parameters.items() if value])
        )

    def state(self, callback: Callback) -> str:
        """Return the ``state`` of the attempt. Raises ``ConsumerError``."""
        return callback.require("state", UNKNOWN_ATTEMPT)

    def finish(self, callback: Callback) -> Flow[Record]:
        """Turn a callback into a login. Raises ``ConsumerError``."""
        attempt = self._context.records.claim_attempt(
            self._provider.name, self.state(callback), callback, self._context.now()
        )
        metadata = yield from self._metadata()
        self._check_issuer(callback, metadata)
        error = callback.get("error")
        if error is not None:
            raise refusal(error)
        parameters = {
            "grant_type": "authorization_code",
            "code": callback.require("code", NO_CODE),
            "redirect_uri": attempt.redirect_uri,
            **({"code_verifier": attempt.code_verifier} if self._provider.accepts_pkce else {}),
        }
        response = yield from ask(self._provider, metadata, "token_endpoint", parameters)
        tokens = read_tokens(self._provider, response, self._scope, self._context.now())
        claims = yield from self._identify(metadata, tokens, attempt)
        return record_of(self._provider, claims, tokens, self._context.now())

    def refresh(self, tokens: Tokens) -> Flow[Tokens]:
        """Return the tokens that replace these (RFC 6749 §6). Raises ``ConsumerError``."""
        metadata = yield from self._metadata()
        parameters = {"grant_type": "refresh_token", "refresh_token": str(tokens.refresh_token)}
        if self._provider.refresh_sends_redirect_uri:
            parameters["redirect_uri"] = self._context.settings.callback(self._provider.name)
        response = yield from ask(self._provider, metadata, "token_endpoint", parameters)
        new = read_tokens(self._provider, response, tokens.scope, self._context.now())
        # Keep the ID token of the sign-in: logging out needs one, and a refresh proves nothing
        # about the user.
        return replace(
            new, refresh_token=new.refresh_token or tokens.refresh_token, id_token=tokens.id_token
        )

    def end(self, tokens: Tokens) -> Flow[str | None]:
        """Revoke the tokens if the provider supports it (RFC 7009).

        Return the URL that ends the session there, if there is one. A failure of the provider does
        not keep the user signed in; it is only logged.
        """
        try:
            metadata = yield from self._metadata()
            if metadata.get("revocation_endpoint"):
                yield from self._revoke(metadata, tokens)
            return self._logout_url(metadata, tokens)
        except ConsumerError as error:
            self._report("logout_failed", error.reason)
            return None

    def _metadata(self) -> Flow[Metadata]:
        return (yield from self._context.publications.metadata(self._provider))

    def _check_issuer(self, callback: Callback, metadata: Metadata) -> None:
        """Refuse an answer from a server other than the one that was asked (RFC 9207 §2.4)."""
        given = callback.get("iss")
        if given is None:
            if metadata.get("authorization_response_iss_parameter_supported") is True:
                raise ConsumerError(OTHER_ISSUER, "a callback without iss")
            return
        issuer = self._provider.issuer_template or self._provider.issuer
        if issuer is None:
            return
        if not re.fullmatch(
            re.escape(issuer).replace(re.escape("{tenantid}"), "[A-Za-z0-9.-]+"), given
        ):
            raise ConsumerError(OTHER_ISSUER, f"a callback of the issuer {quoted(given)}")

    def _more_parameters(self, attempt: Attempt) -> Mapping[str, str]:
        return {}

    def _identify(
        self, metadata: Metadata, tokens: Tokens, attempt: Attempt
    ) -> Flow[Mapping[str, Any]]:
        return (yield from self._userinfo(metadata, tokens))

    def _userinfo(self, metadata: Metadata, tokens: Tokens) -> Flow[Mapping[str, Any]]:
        url = endpoint(metadata, "userinfo_endpoint")
        response = yield request("GET", url, authorization=f"Bearer {tokens.access_token}")
        return claims_of(self._provider, json_object(response))

    def _revoke(self, metadata: Metadata, tokens: Tokens) -> Flow[None]:
        kind = "refresh_token" if tokens.refresh_token else "access_token"
        parameters = {"token": tokens.refresh_token or tokens.access_token, "token_type_hint": kind}
        try:
            response = yield from ask(self._provider, metadata, "revocation_endpoint", parameters)
        except ConsumerError as error:
            self._report("logout_failed", f"could not revoke: {error.reason}")
            return
        if response.status_code != 200:
            self._report("logout_failed", f"could not revoke: status {response.status_code}")

    def _report(self, event: str, reason: str) -> None:
        events.report(event, provider=self._provider.name, reason=reason)

    def _logout_url(self, metadata: Metadata, tokens: Tokens) -> str | None:
        return None


def _pkce(attempt: Attempt) -> Mapping[str, str]:
    """Return the parameters of PKCE (RFC 7636 §4.3)."""
    challenge = base64.urlsafe_b64encode(digest(attempt.code_verifier)).decode().rstrip("=")
    return {"code_challenge": challenge, "code_challenge_method": "S256"}
