"""The authorization server and its API, built from a store, settings and scopes."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, MutableMapping
from typing import TYPE_CHECKING, Any

from shared_validator import events
from shared_validator.accounts.pages import account_pages
from shared_validator.accounts.passwords import VerifyPassword, verify_password
from shared_validator.context import Context
from shared_validator.edge.mount import Mount
from shared_validator.edge.routes import GET, Endpoint, Page
from shared_validator.edge.service import service_endpoints
from shared_validator.edge.sessions import SessionVisitor
from shared_validator.edge.wsgi import Application as WSGIApplication
from shared_validator.edge.wsgi import WSGIMount
from shared_validator.endpoints.device_authorization import DeviceAuthorization
from shared_validator.endpoints.errors import refusing
from shared_validator.endpoints.metadata import metadata_endpoints
from shared_validator.endpoints.oauth1 import oauth1_endpoints
from shared_validator.endpoints.token import TokenEndpoint
from shared_validator.endpoints.token_management import TokenManagement
from shared_validator.flows.device import DeviceFlow
from shared_validator.flows.oauth1 import OAuth1Flow
from shared_validator.flows.oauth2 import AuthorizationFlow
from shared_validator.grants.limits import OFFLINE_ACCESS
from shared_validator.http import NO_STORE, Request, Response, json_response
from shared_validator.keys import KeyRing
from shared_validator.resource import ResourceServer, Token
from shared_validator.settings import Settings
from shared_validator.store import Store
from shared_validator.tokens import TokenSigner
from shared_validator.validators.openid import user_claims

if TYPE_CHECKING:
    from shared_validator.edge.asgi import Application as ASGIApplication
    from shared_validator.edge.asgi import ASGIMount

IDENTITY_SCOPES = {
    "openid": "Know who you are",
    "profile": "See your name and user name",
    "email": "See your e-mail address",
    OFFLINE_ACCESS: "Keep this access while you are away",
}


class Provider:
    """A provider for OAuth 1.0a, OAuth 2.1 and OpenID Connect, to mount in an application.

    Args:
        settings: the operator's settings.
        store: stores the records.
        scopes: the scopes of the application's API, with their descriptions for the consent page.
            ``openid``, ``profile``, ``email`` and ``offline_access`` are always included.
        clock: the current time in seconds since 1970.
        verify_password: for users whose passwords were hashed by another system: returns whether a
            password matches a hash. A password that it accepts is rehashed with ``hash_password``.
            If there is no such user, the hash is ``None``, and the check should take just as long.

    Attributes:
        settings: the operator's settings.
        store: stores the records.
        endpoints: the machine endpoints. ``wsgi`` and ``asgi`` mount them.
        pages: the account pages, to mount behind the application's CSRF check.
        oauth2: asks for consent to an OAuth 2 client.
        oauth1: asks for consent to an OAuth 1.0a consumer.
        device: asks for a user code and for consent to a device.
    """

    def __init__(
        self,
        settings: Settings,
        store: Store,
        scopes: Mapping[str, str],
        *,
        clock: Callable[[], float] = time.time,
        verify_password: VerifyPassword = verify_password,
    ) -> None:
        events.use_format(settings.log_format)
        context = Context(settings, store, {**IDENTITY_SCOPES, **scopes}, clock, verify_password)
        keys = KeyRing(context)
        signer = TokenSigner(context, keys)
        self.settings = settings
        self.store = store
        self.context = context
        self._keys = keys
        self.oauth1 = OAuth1Flow(context)
        self.oauth2 = AuthorizationFlow(context, signer)
        self.device = DeviceFlow(context)
        self._resource = ResourceServer(context, signer)
        self.pages: tuple[Page, ...] = account_pages(context, signer.verify_id_token_hint)
        self.endpoints: tuple[Endpoint, ...] = (
            *metadata_endpoints(context, keys),
            *self._oauth2_endpoints(signer),
            *oauth1_endpoints(context),
            *service_endpoints(store),
        )

    def _oauth2_endpoints(self, signer: TokenSigner) -> tuple[Endpoint, ...]:
        context = self.context
        token, tokens = TokenEndpoint(context, signer), TokenManagement(context)
        answered = refusing(context.settings.issuer)
        device = DeviceAuthorization(context)
        return (
            Endpoint(
                "oauth2_token", "/oauth2/token", ("POST",), answered(token), cross_origin=True
            ),
            Endpoint(
                "oauth2_revoke",
                "/oauth2/revoke",
                ("POST",),
                answered(tokens.revoke),
                cross_origin=True,
            ),
            Endpoint(
                "oauth2_introspect", "/oauth2/introspect", ("POST",), answered(tokens.introspect)
            ),
            Endpoint(
                "oauth2_device_authorization",
                "/oauth2/device_authorization",
                ("POST",),
                answered(device),
            ),
            Endpoint(
                "oauth2_userinfo",
                "/oauth2/userinfo",
                (*GET, "POST"),
                self._userinfo,
                cross_origin=True,
            ),
        )

    def wsgi(self, application: WSGIApplication) -> WSGIMount:
        """Return a WSGI application that answers the machine endpoints.

        It passes all other requests to ``application``. It reads each body once, refuses bodies of
        more than 1 MiB, and honours the path of the issuer. Put it outside the application's
        sessions and CSRF checks, and inside a middleware that reads a proxy's headers:
        ``app.wsgi_app = ProxyFix(provider.wsgi(app.wsgi_app))``.

        Args:
            application: a WSGI application (PEP 3333).

        Raises:
            SettingsError: ``OAUTH_SECRET_KEY`` does not decrypt the signing keys in the store.
        """
        return WSGIMount(self._mount(), application)

    def asgi(self, application: ASGIApplication) -> ASGIMount:
        """Return an ASGI application that does the same around another one. See ``wsgi``.

        Args:
            application: an ASGI 3 application.

        Raises:
            SettingsError: ``OAUTH_SECRET_KEY`` does not decrypt the signing keys in the store.
        """
        from shared_validator.edge.asgi import ASGIMount  # noqa: PLC0415 - it takes asyncio to load

        return ASGIMount(self._mount(), application)

    def _mount(self) -> Mount:
        self._keys.check()
        # For the commands, which refuse to register other scopes.
        self.store.save_offered_scopes(self.context.scopes)
        return Mount(
            self.settings.issuer,
            self.endpoints,
            also_posted=("/oauth2/authorize", "/oauth2/logout"),
            trusted_proxies=self.settings.trusted_proxies,
        )

    def visitor(
        self, session: MutableMapping[str, Any], csrf_token: Callable[[], str] | None = None
    ) -> SessionVisitor:
        """Return the visitor of a page, from the framework's session and the store.

        Args:
            session: the framework's session, for this request.
            csrf_token: returns the framework's own CSRF token. Without it, the token is kept in
                ``session``, and you check it with ``edge.sessions.check_csrf``.
        """
        return SessionVisitor(self.context.sessions, session, csrf_token)

    def require(self, request: Request, scope: str) -> Token:
        """Return the token of a request to the API.

        Args:
            request: the request, with a bearer token (RFC 6750) or an OAuth 1.0a signature (RFC 5849).
            scope: the required scope.

        Raises:
            Refused: with the response to send.
        """
        return self._resource.require(request, scope)

    def authenticate(self, request: Request) -> Token:
        """Return the token of a request to the API, whatever its scope. Raises ``Refused``.

        Use it in a framework that separates authentication and authorization; ``check_scope`` is
        the second step.
        """
        return self._resource.authenticate(request)

    def check_scope(self, token: Token, scope: str) -> Token:
        """Return a token from ``authenticate`` if it has a scope. Raises ``Refused``."""
        return self._resource.check_scope(token, scope)

    def claims(self, token: Token) -> dict[str, Any]:
        """Return the claims about its user that a checked token may read.

        For a client that acts for itself, ``sub`` is the client's identifier.

        Raises:
            Refused: its user has been deleted or disabled meanwhile.
        """
        if token.user_id is None:
            return {"sub": token.client_id}
        user = self.context.store.user(token.user_id)
        if user is None:
            raise self._resource.invalid_token()
        return user_claims(user, token.scope)

    def _userinfo(self, request: Request) -> Response:
        """Answer a UserInfo request (OpenID Connect Core §5.3)."""
        return json_response(self.claims(self.require(request, "openid")), headers=NO_STORE)
