"""One implementation for sync and async: a flow yields requests, and a driver performs them.

This is the pattern of ``httpx2.Auth.auth_flow``. A flow uses the store between its requests, and a
store is synchronous, so the async driver runs each part of a flow on a worker thread and never on
the event loop's.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import AsyncIterator, Generator, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from typing import Any, Generic, TypeVar

import anyio
import anyio.to_thread
import httpx2

from shared_validator.consumer.errors import UNAVAILABLE, UNUSABLE, ConsumerError

TIMEOUT_SECONDS = 10
MAX_BYTES = 1 << 20

_HEADERS = {
    "Accept": "application/json",
    "Accept-Encoding": "identity",
    "User-Agent": "shared-validator",
}

T = TypeVar("T")

Step = httpx2.Request | float
"""A step of a flow: a request to send, or seconds to wait."""

Flow = Generator[Step, Any, T]
"""A flow receives the ``httpx2.Response`` for each request.

A request that fails raises ``ConsumerError`` where it was yielded.
"""

Outcome = httpx2.Response | ConsumerError | None


@dataclass(frozen=True)
class Done(Generic[T]):
    """The result of a flow, as a value: ``StopIteration`` cannot leave a worker thread."""

    value: T


def run(flow: Flow[T]) -> T:
    """Run a flow and return its result."""
    with closing(flow):
        step = advance(flow, None)
        while not isinstance(step, Done):
            step = advance(flow, perform(step))
        return step.value


async def run_async(flow: Flow[T]) -> T:
    """Run a flow on the event loop and return its result."""
    with closing(flow):
        step = await advance_async(flow, None)
        while not isinstance(step, Done):
            step = await advance_async(flow, await perform_async(step))
        return step.value


def advance(flow: Flow[T], outcome: Outcome) -> Step | Done[T]:
    """Pass a flow the outcome of its last step, and return its next step."""
    try:
        return flow.throw(outcome) if isinstance(outcome, ConsumerError) else flow.send(outcome)
    except StopIteration as end:
        return Done(end.value)


async def advance_async(flow: Flow[T], outcome: Outcome) -> Step | Done[T]:
    """Do the same on a worker thread."""
    return await anyio.to_thread.run_sync(advance, flow, outcome)


def request(
    method: str,
    url: str,
    *,
    form: Mapping[str, str] | None = None,
    authorization: str | None = None,
) -> httpx2.Request:
    """Return a request of the protocol.

    It asks for uncompressed JSON, so that a small response cannot expand into a huge one.
    """
    headers = {**_HEADERS, "Authorization": authorization} if authorization else _HEADERS
    return httpx2.Request(method, url, headers=headers, data=form)


@cache
def tls() -> ssl.SSLContext:
    """Return the certificates to trust. They are read once: that takes longer than a request."""
    return httpx2.create_ssl_context()


def perform(step: Step) -> Outcome:
    """Wait, or send one request and read its response.

    Redirects are not followed: they could lead to a host that is not configured.
    """
    if not isinstance(step, httpx2.Request):
        time.sleep(step)
        return None
    body = _Body()
    try:
        with (
            httpx2.Client(verify=tls(), timeout=TIMEOUT_SECONDS) as client,
            closing(client.send(step, stream=True)) as response,
        ):
            return body.complete(response, response.iter_bytes())
    except httpx2.HTTPError as error:
        return unreachable(error)
    except ConsumerError as error:
        return error


async def perform_async(step: Step) -> Outcome:
    """Do the same on the event loop."""
    if not isinstance(step, httpx2.Request):
        await anyio.sleep(step)
        return None
    body = _Body()
    try:
        async with httpx2.AsyncClient(
            verify=await anyio.to_thread.run_sync(tls), timeout=TIMEOUT_SECONDS
        ) as client:
            response = await client.send(step, stream=True)
            try:
                return await body.complete_async(response, response.aiter_bytes())
            finally:
                await response.aclose()
    except httpx2.HTTPError as error:
        return unreachable(error)
    except ConsumerError as error:
        return error


def unreachable(error: httpx2.HTTPError) -> ConsumerError:
    """Return the error for a failed request.

    Only the kind of failure is logged, because a URL may contain a token.
    """
    return ConsumerError(UNAVAILABLE, f"{type(error).__name__}")


class _Body:
    """A body with a limit on its size and on the time it takes.

    The socket's timeout alone would accept one byte every nine seconds.
    """

    def __init__(self) -> None:
        self._content = bytearray()
        self._deadline = time.monotonic() + 2 * TIMEOUT_SECONDS

    def complete(self, response: httpx2.Response, chunks: Iterator[bytes]) -> httpx2.Response:
        for chunk in chunks:
            self._add(chunk)
        return self._answer(response)

    async def complete_async(
        self, response: httpx2.Response, chunks: AsyncIterator[bytes]
    ) -> httpx2.Response:
        async for chunk in chunks:
            self._add(chunk)
        return self._answer(response)

    def _add(self, chunk: bytes) -> None:
        self._content += chunk
        if len(self._content) > MAX_BYTES:
            raise ConsumerError(UNUSABLE, "an answer of more than 1 MB")
        if time.monotonic() > self._deadline:
            raise ConsumerError(UNAVAILABLE, "an answer that does not end")

    def _answer(self, response: httpx2.Response) -> httpx2.Response:
        # The body is already decoded, so the headers about its encoding no longer apply. No other
        # header is used.
        return httpx2.Response(response.status_code, content=bytes(self._content))
