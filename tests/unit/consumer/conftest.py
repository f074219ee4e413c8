"""A consumer, sync and async, in front of a provider that may misbehave."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import pytest

from shared_validator.consumer import AsyncConsumer, Consumer, ConsumerSettings, Login
from shared_validator.consumer.providers import ProviderConfiguration
from shared_validator.http import Request
from shared_validator.store.sql import SQLStore
from tests.unit.consumer.provider import CLIENT_ID, CLIENT_SECRET, CONSUMER_SECRET, Provider

URL = "https://app.example"
BROWSER = "a random secret of one browser"


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.offset = 0

    def __call__(self) -> float:
        return time.time() + self.offset


class Driven:
    """A consumer of either kind behind one face, so that each test is about both."""

    def __init__(self, consumer: Consumer | AsyncConsumer) -> None:
        self.consumer = consumer

    def start(self, name: str, browser: str = BROWSER) -> str:
        return self._result(self.consumer.start(name, browser))

    def finish(self, name: str, callback: str | Request, browser: str = BROWSER) -> Login:
        request = Request("GET", callback, {}) if isinstance(callback, str) else callback
        return self._result(self.consumer.finish(name, request, browser))

    def login(self, login_id: str) -> Login | None:
        return self._result(self.consumer.login(login_id))

    def log_out(self, login_id: str) -> str | None:
        return self._result(self.consumer.log_out(login_id))

    def request(self, login_id: str, method: str, url: str, **options: Any) -> httpx2.Response:
        if isinstance(self.consumer, Consumer):
            with self.consumer.session(login_id) as session:
                return session.request(method, url, **options)
        return asyncio.run(self._request(self.consumer, login_id, method, url, options))

    @staticmethod
    async def _request(consumer: AsyncConsumer, login_id: str, method: str, url: str, options: dict[str, Any]) -> httpx2.Response:
        async with await consumer.session(login_id) as session:
            return await session.request(method, url, **options)

    @staticmethod
    def _result(value: Any) -> Any:
        return asyncio.run(_awaited(value)) if asyncio.iscoroutine(value) else value


async def _awaited(value: Any) -> Any:
    return await value


@pytest.fixture(scope="session")
def served() -> Iterator[Provider]:
    """A provider on a port of its own."""
    provider = Provider()
    yield provider
    provider.close()


@pytest.fixture
def provider(served: Provider) -> Provider:
    """The provider, as good as new."""
    served.reset()
    return served


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SQLStore]:
    """A store on disk, one for all tests: what they keep in it is named by random strings, and making one takes longer than a test."""
    store = SQLStore(f"sqlite:///{tmp_path_factory.mktemp('consumer') / 'consumer.sqlite3'}")
    yield store
    store.close()


@pytest.fixture
def clock() -> Clock:
    """The consumer's clock."""
    return Clock()


@pytest.fixture
def configured(provider: Provider) -> dict[str, ProviderConfiguration]:
    """The provider under each protocol, and once more under another name."""
    openid: dict[str, Any] = {
        "title": "Openid",
        "protocol": "openid",
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "api": provider.url + "/api",
        "issuer": provider.url,
        "scope": "openid profile",
        "endpoints": {},
    }
    oauth1: dict[str, Any] = {
        "title": "OAuth 1.0a",
        "protocol": "oauth1",
        "client_id": CLIENT_ID,
        "client_secret": CONSUMER_SECRET,
        "api": provider.url,
        "endpoints": {
            "request_token_endpoint": provider.url + "/oauth1/request_token",
            "authorization_endpoint": provider.url + "/oauth1/authorize?lang=en",
            "access_token_endpoint": provider.url + "/oauth1/access_token",
            "userinfo_endpoint": provider.url + "/oauth1/me",
        },
    }
    return {
        "openid": ProviderConfiguration(name="openid", **openid),
        "other": ProviderConfiguration(name="other", **openid),
        "oauth2": ProviderConfiguration(name="oauth2", **openid | {"protocol": "oauth2", "scope": "profile"}),
        "oauth1": ProviderConfiguration(name="oauth1", **oauth1),
        "other1": ProviderConfiguration(name="other1", **oauth1),
    }


MakeConsumer = Callable[..., Driven]


@pytest.fixture(params=[Consumer, AsyncConsumer])
def make_consumer(
    request: pytest.FixtureRequest, store: SQLStore, clock: Clock, configured: dict[str, ProviderConfiguration]
) -> MakeConsumer:
    """Make a consumer, with providers of the test's own."""

    def make(**providers: ProviderConfiguration) -> Driven:
        settings = ConsumerSettings(url=URL, secret_keys=(b"k" * 32,), providers=configured | providers)
        return Driven(request.param(settings, store, clock))

    return make


@pytest.fixture
def consumer(make_consumer: MakeConsumer) -> Driven:
    """A consumer of each kind."""
    return make_consumer()


@pytest.fixture
def sign_in(consumer: Driven, provider: Provider) -> Callable[..., Login]:
    """Sign a user in, from start to finish."""

    def whole(name: str = "openid", user: str = "alice", **changed: str | None) -> Login:
        return consumer.finish(name, provider.approve(consumer.start(name), user, **changed))

    return whole
