"""The authorization server and its API, put together from a store, the settings and the scopes on offer."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from shared_validator import pages
from shared_validator.accounts.pages import account_pages
from shared_validator.context import Context, Endpoint, Page
from shared_validator.endpoints.cors import with_cors
from shared_validator.endpoints.device_authorization import DeviceAuthorization
from shared_validator.endpoints.errors import refusing
from shared_validator.endpoints.metadata import metadata_endpoints
from shared_validator.endpoints.oauth1 import oauth1_endpoints
from shared_validator.endpoints.token import TokenEndpoint
from shared_validator.endpoints.token_management import TokenManagement
from shared_validator.flows.device import DeviceFlow
from shared_validator.flows.oauth1 import OAuth1Flow
from shared_validator.flows.oauth2 import AuthorizationFlow
from shared_validator.http import NO_STORE, Request, Response, json_response
from shared_validator.keys import KeyRing
from shared_validator.resource import ResourceServer, Token
from shared_validator.settings import Settings
from shared_validator.store import Store
from shared_validator.tokens import TokenSigner
from shared_validator.validators.openid import user_claims

IDENTITY_SCOPES = {
    "openid": "Know who you are",
    "profile": "See your name and user name",
    "email": "See your e-mail address",
}


class Provider:
    """A provider for OAuth 1.0a, OAuth 2.1 and OpenID Connect, for an application to mount.

    Args:
        settings: the operator's decisions.
        store: where records live.
        scopes: the scopes of the application's API, each with the words that the consent page shows for it. ``openid``, ``profile`` and
            ``email`` are there already.
        clock: the current time in seconds since 1970.

    Attributes:
        endpoints: what only machines call, to be mounted without a CSRF check.
        pages: the account pages, to be mounted with one.
        oauth2: asks for consent to an OAuth 2 client (``question``, ``answer``).
        oauth1: asks for consent to an OAuth 1.0a consumer.
        device: asks for a user code and for consent to a device.
    """

    def __init__(self, settings: Settings, store: Store, scopes: Mapping[str, str], *, clock: Callable[[], float] = time.time) -> None:
        context = Context(settings, store, {**IDENTITY_SCOPES, **scopes}, clock)
        keys = KeyRing(context)
        signer = TokenSigner(context, keys)
        self.context = context
        self.oauth1 = OAuth1Flow(context)
        self.oauth2 = AuthorizationFlow(context, signer)
        self.device = DeviceFlow(context)
        self._resource = ResourceServer(context, signer)
        self.pages: tuple[Page, ...] = account_pages(context, signer.verify_id_token_hint)
        self.endpoints: tuple[Endpoint, ...] = (
            *metadata_endpoints(context, keys),
            *self._oauth2_endpoints(signer),
            *oauth1_endpoints(context),
            Endpoint("healthz", "/healthz", ("GET", "HEAD"), self._healthz),
            Endpoint("stylesheet", "/static/style.css", ("GET", "HEAD"), pages.stylesheet),
        )

    def _oauth2_endpoints(self, signer: TokenSigner) -> tuple[Endpoint, ...]:
        context = self.context
        token, tokens = TokenEndpoint(context, signer), TokenManagement(context)
        answered = refusing(context.settings.issuer)
        device = DeviceAuthorization(context)
        return (
            with_cors(Endpoint("oauth2_token", "/oauth2/token", ("POST",), answered(token))),
            with_cors(Endpoint("oauth2_revoke", "/oauth2/revoke", ("POST",), answered(tokens.revoke))),
            Endpoint("oauth2_introspect", "/oauth2/introspect", ("POST",), answered(tokens.introspect)),
            Endpoint("oauth2_device_authorization", "/oauth2/device_authorization", ("POST",), answered(device)),
            with_cors(Endpoint("oauth2_userinfo", "/oauth2/userinfo", ("GET", "HEAD", "POST"), self._userinfo)),
        )

    def check(self, request: Request, scope: str) -> Token | Response:
        """Return the token of a request to the API, or the response that refuses it.

        Args:
            request: the request, with a bearer token (RFC 6750) or an OAuth 1.0a signature (RFC 5849).
            scope: the scope that it needs.
        """
        return self._resource.check(request, scope)

    def authenticate(self, request: Request) -> Token | Response:
        """Return the token of a request to the API, whatever its scope, or the response that refuses it.

        For a framework that asks first who calls, and then whether they may: ``require`` is the second half.
        """
        return self._resource.authenticate(request)

    def require(self, token: Token, scope: str) -> Token | Response:
        """Return a token of ``authenticate`` that has a scope, or the response that refuses it."""
        return self._resource.require(token, scope)

    def claims(self, token: Token) -> dict[str, Any]:
        """Return what a checked token may know about its user; of a client that acts for itself, its identifier as ``sub``."""
        user = self.context.store.user(token.user_id) if token.user_id else None
        return user_claims(user, token.scope) if user else {"sub": token.subject}

    def _userinfo(self, request: Request) -> Response:
        """Answer a UserInfo request (OpenID Connect Core §5.3)."""
        checked = self.check(request, "openid")
        return checked if isinstance(checked, Response) else json_response(self.claims(checked), headers=NO_STORE)

    def _healthz(self, request: Request) -> Response:
        try:
            self.context.store.ping()
        except Exception:
            return json_response({"status": "the store cannot be reached"}, 503)
        return json_response({"status": "ok"})
