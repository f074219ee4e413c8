"""On an event loop nothing waits for the store."""

from __future__ import annotations

import asyncio
import ssl
import threading
from typing import Any

import pytest

from shared_validator.consumer import AsyncConsumer, ConsumerSettings, sessions, steps
from shared_validator.consumer.providers import ProviderConfiguration
from shared_validator.consumer.steps import tls
from shared_validator.http import Request
from shared_validator.store.sql import SQLStore
from tests.unit.consumer.conftest import BROWSER, URL
from tests.unit.consumer.provider import Provider


class Watched:
    """A store that notes on which threads it is called."""

    def __init__(self, store: SQLStore) -> None:
        self._store = store
        self.threads: set[int] = set()

    def __getattr__(self, name: str) -> Any:
        self.threads.add(threading.get_ident())
        return getattr(self._store, name)


def test_what_waits_is_never_called_on_the_event_loops_thread(
    provider: Provider, store: SQLStore, configured: dict[str, ProviderConfiguration], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Trap 11: what is synchronous runs on worker threads, so a slow database delays nobody else; nor do certificates on a slow disk."""
    watched = Watched(store)
    read_on: set[int] = set()

    def read_certificates() -> ssl.SSLContext:
        read_on.add(threading.get_ident())
        return tls()

    for module in (steps, sessions):
        monkeypatch.setattr(module, "tls", read_certificates)
    consumer = AsyncConsumer(ConsumerSettings(url=URL, secret_keys=(b"k" * 32,), providers=configured), watched)  # type: ignore[arg-type]

    async def sign_in() -> None:
        callback = provider.approve(await consumer.start("openid", BROWSER))
        login = await consumer.finish("openid", Request("GET", callback, {}), BROWSER)
        async with await consumer.session(login.login_id) as session:
            await session.get("/notes")
        await consumer.log_out(login.login_id)

    asyncio.run(sign_in())

    assert watched.threads
    assert read_on
    assert threading.get_ident() not in watched.threads | read_on
