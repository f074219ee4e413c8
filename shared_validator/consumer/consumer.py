"""A consumer: signing in at any configured provider, and acting there for the user."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

import httpx2
from anyio import to_thread

from shared_validator import events
from shared_validator.consumer.bearer import Bearer
from shared_validator.consumer.callbacks import Callback
from shared_validator.consumer.context import ConsumerContext
from shared_validator.consumer.errors import SIGNED_OUT, UNKNOWN_PROVIDER, ConsumerError
from shared_validator.consumer.oauth1 import OAuth1
from shared_validator.consumer.oauth2 import OAuth2
from shared_validator.consumer.openid import OpenID
from shared_validator.consumer.providers import ProviderConfiguration
from shared_validator.consumer.records import Login, Record, attempt_name
from shared_validator.consumer.sessions import async_session, session
from shared_validator.consumer.settings import ConsumerSettings
from shared_validator.consumer.steps import Flow, run, run_async
from shared_validator.edge.asgi import Application as ASGIApplication
from shared_validator.edge.asgi import ASGIMount
from shared_validator.edge.wsgi import Application as WSGIApplication
from shared_validator.edge.wsgi import WSGIMount
from shared_validator.http import Request
from shared_validator.pages import gettext
from shared_validator.store import ConsumerStore
from shared_validator.vault import new_secret

_MAX_CALLBACKS = 10
"""How many sign-ins of a session may load their callback again."""

_PROTOCOLS: Mapping[str, type[OAuth1] | type[OAuth2]] = {
    "oauth1": OAuth1,
    "oauth2": OAuth2,
    "openid": OpenID,
}


class _SignIn:
    """The actions of a consumer, as flows. They are the same for every protocol."""

    def __init__(self, context: ConsumerContext) -> None:
        self.context = context
        self._protocols = {
            name: _PROTOCOLS[provider.protocol](context, provider)
            for name, provider in context.settings.providers.items()
        }

    def start(self, name: str, browser: str) -> Flow[str]:
        if not browser:
            raise ValueError("browser must be a random secret of the visitor's session")
        with _logged(name):
            return (yield from self._protocol(name).start(browser))

    def finish(self, name: str, request: Request, browser: str) -> Flow[Login]:
        signed_in = self.record(browser)
        before = signed_in.callbacks if signed_in else ()
        with _logged(name, status=400):
            protocol, callback = self._protocol(name), Callback(request, browser)
            attempt = attempt_name(name, protocol.state(callback)).hex()
            if signed_in and attempt in before:
                return signed_in.login(browser)
            record = yield from protocol.finish(callback)
        login_id = new_secret()
        record = replace(record, callbacks=(*before, attempt)[-_MAX_CALLBACKS:])
        self.context.records.save_login(login_id, record)
        events.report("login_succeeded", provider=name, user=record.subject)
        return record.login(login_id)

    def login(self, login_id: str) -> Flow[Login | None]:
        record = self.record(login_id)
        yield from ()
        return record.login(login_id) if record else None

    def log_out(self, login_id: str) -> Flow[str | None]:
        record = self.context.records.end_login(login_id, self.context.now())
        if record is None:
            return None
        events.report("logged_out", provider=record.provider, user=record.subject)
        if record.provider not in self._protocols:
            return None
        return (yield from self._protocols[record.provider].end(record.tokens))

    def record(self, login_id: str) -> Record | None:
        record = self.context.records.login(login_id, self.context.now())
        # If the operator removes a provider, its logins end too.
        return record if record and record.provider in self._protocols else None

    def api(self, login_id: str) -> Flow[tuple[str, Callable[[httpx2.Request], Flow[None]]]]:
        record = self.record(login_id)
        yield from ()
        if record is None:
            raise ConsumerError(SIGNED_OUT)
        protocol = self._protocols[record.provider]
        authorization = Bearer(self.context, protocol) if isinstance(protocol, OAuth2) else protocol
        return self.context.settings.providers[
            record.provider
        ].api, lambda request: authorization.authorize(login_id, request)

    def _protocol(self, name: str) -> OAuth1 | OAuth2:
        if name not in self._protocols:
            error = ConsumerError(UNKNOWN_PROVIDER)
            error.status, error.title = 404, gettext("Not Found")
            raise error
        return self._protocols[name]


@contextmanager
def _logged(name: str, status: int = 502) -> Iterator[None]:
    try:
        yield
    except ConsumerError as error:
        if error.status != 404:
            error.status = status
        events.report("login_failed", provider=name, reason=error.reason)
        raise


class Consumer:
    """Signs users in at providers, over OAuth 1.0a, OAuth 2 or OpenID Connect.

    You can share it between threads and visitors.

    Args:
        settings: the operator's settings.
        store: stores attempts and logins, encrypted.
        clock: the current time in seconds since 1970.
    """

    def __init__(
        self,
        settings: ConsumerSettings,
        store: ConsumerStore,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._sign_in = _SignIn(ConsumerContext(settings, store, clock))

    @property
    def providers(self) -> Mapping[str, ProviderConfiguration]:
        """The configured providers by name."""
        return self._sign_in.context.settings.providers

    def wsgi(self, application: WSGIApplication) -> WSGIMount:
        """Return a WSGI application that answers ``/healthz`` and the stylesheet.

        It passes all other requests to ``application``, and adds a cookie for each sign-in that
        starts, so that tabs share nothing. It reads each body once, refuses bodies of more than
        1 MiB, and honours the path of the public URL. See ``Provider.wsgi``.
        """
        return WSGIMount(self._sign_in.context.mount(), application)

    def start(self, name: str, browser: str) -> str:
        """Start a sign-in. Each call is a separate attempt.

        Args:
            name: the provider.
            browser: ``ConsumerSession(session).browser``, a random secret in this visitor's session.

        Returns:
            The URL to redirect the visitor to.

        Raises:
            ConsumerError: there is no such provider, or it cannot be reached or used.
        """
        return run(self._sign_in.start(name, browser))

    def finish(self, name: str, request: Request, browser: str) -> Login:
        """Complete an attempt: exchange what the provider sent, and identify the user.

        A visitor who is signed in may load the callback of that sign-in again: with the back
        button, or by a reload. The result is the login that they have.

        Args:
            name: the provider in the callback's path.
            request: the request to the callback.
            browser: ``ConsumerSession(session).browser`` again.

        Raises:
            ConsumerError: the user or the provider refused, or the provider's answer is not valid.
        """
        return run(self._sign_in.finish(name, request, browser))

    def login(self, login_id: str | None) -> Login | None:
        """Return a login that has not ended and is younger than 30 days, or ``None``."""
        return None if login_id is None else run(self._sign_in.login(login_id))

    def session(self, login_id: str) -> httpx2.Client:
        """Return a client that calls the provider's API for the user.

        Use relative URLs, and close the client after use. It refuses to send credentials to another
        origin (``ValueError``). A 401 from the API means that the user has to sign in again.

        Raises:
            ConsumerError: the login has ended. Requests of the session raise it too, also if a
                refresh cannot reach the provider (502), or takes longer than 10 seconds (503).
        """
        return session(*run(self._sign_in.api(login_id)))

    def log_out(self, login_id: str | None) -> str | None:
        """End a login: delete its tokens, and revoke them at the provider if it supports that.

        Args:
            login_id: the login; with ``None`` there is nothing to end.

        Returns:
            The URL to redirect the visitor to, to end the session at the provider too (OpenID
            Connect RP-Initiated Logout §2), or ``None``.
        """
        return None if login_id is None else run(self._sign_in.log_out(login_id))


class AsyncConsumer:
    """The same for an event loop: methods that wait or use the store are asynchronous.

    See ``Consumer`` for arguments and errors.
    """

    def __init__(
        self,
        settings: ConsumerSettings,
        store: ConsumerStore,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._sign_in = _SignIn(ConsumerContext(settings, store, clock))

    @property
    def providers(self) -> Mapping[str, ProviderConfiguration]:
        """The configured providers by name."""
        return self._sign_in.context.settings.providers

    def asgi(self, application: ASGIApplication) -> ASGIMount:
        """Return an ASGI application that answers ``/healthz`` and the stylesheet.

        It passes all other requests to ``application``, and adds a cookie for each sign-in that
        starts, so that tabs share nothing. It reads each body once, refuses bodies of more than
        1 MiB, and honours the path of the public URL. See ``Provider.asgi``.
        """
        return ASGIMount(self._sign_in.context.mount(), application)

    async def start(self, name: str, browser: str) -> str:
        """See ``Consumer.start``."""
        return await run_async(self._sign_in.start(name, browser))

    async def finish(self, name: str, request: Request, browser: str) -> Login:
        """See ``Consumer.finish``."""
        return await run_async(self._sign_in.finish(name, request, browser))

    async def login(self, login_id: str | None) -> Login | None:
        """See ``Consumer.login``."""
        return None if login_id is None else await run_async(self._sign_in.login(login_id))

    async def session(self, login_id: str) -> httpx2.AsyncClient:
        """See ``Consumer.session``."""
        # On a worker thread, because the first session of a process reads the certificates.
        return await to_thread.run_sync(
            async_session, *await run_async(self._sign_in.api(login_id))
        )

    async def log_out(self, login_id: str | None) -> str | None:
        """See ``Consumer.log_out``."""
        return None if login_id is None else await run_async(self._sign_in.log_out(login_id))
