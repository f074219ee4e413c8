"""One implementation for sync and async: a flow yields requests, and a driver performs them.

This is the pattern of ``httpx2.Auth.auth_flow``. A flow uses the store between its requests, and a
store is synchronous, so the async driver runs each part of a flow on a worker thread and never on
the event loop's.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Generator, Mapping
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from typing import Any, Generic, TypeVar

import anyio
import anyio.to_thread
import httpx2

from shared_validator.consumer.deadlines import Deadline
from shared_validator.consumer.errors import UNAVAILABLE, UNUSABLE, ConsumerError

TIMEOUT_SECONDS = 10
"""How long a request to the provider's API may wait for each read."""

FLOW_SECONDS = 20
"""How long a flow may wait for a provider in all, however many requests it sends."""

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


def run(flow: Flow[T], seconds: float | None = None) -> T:
    """Run a flow and return its result.

    Args:
        flow: the flow.
        seconds: how long it may wait in all; ``FLOW_SECONDS`` if it is not given.
    """
    with closing(within(FLOW_SECONDS if seconds is None else seconds, flow)) as bounded:
        step = advance(bounded, None)
        while not isinstance(step, Done):
            step = advance(bounded, perform(step))
        return step.value


async def run_async(flow: Flow[T]) -> T:
    """Run a flow on the event loop and return its result."""
    with closing(within(FLOW_SECONDS, flow)) as bounded:
        step = await advance_async(bounded, None)
        while not isinstance(step, Done):
            step = await advance_async(bounded, await perform_async(step))
        return step.value


def within(seconds: float, flow: Flow[T]) -> Flow[T]:
    """Return a flow that does the same, with one deadline around all its waiting.

    Within another flow, the earlier deadline counts.
    """
    deadline = Deadline(seconds)
    with closing(flow):
        step = advance(flow, None)
        while not isinstance(step, Done):
            outcome: Outcome = ConsumerError(UNAVAILABLE, "waited too long")
            if isinstance(step, httpx2.Request):
                step.extensions["deadline"] = deadline.before(step.extensions.get("deadline"))
            # A request that comes too late fails by itself.
            if isinstance(step, httpx2.Request) or not deadline.has_passed:
                try:
                    outcome = yield step
                except ConsumerError as error:
                    outcome = error
            step = advance(flow, outcome)
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
    """Wait, or send one request and read its response before the deadline.

    Redirects are not followed: they could lead to a host that is not configured.
    """
    if not isinstance(step, httpx2.Request):
        time.sleep(step)
        return None
    try:
        content = bytearray()
        with (
            _deadline(step).enforced(step),
            httpx2.Client(verify=tls()) as client,
            closing(client.send(step, stream=True)) as response,
        ):
            for chunk in response.iter_bytes():
                _add(content, chunk)
        return _answer(response, content)
    except httpx2.HTTPError as error:
        return unreachable(error)
    except ConsumerError as error:
        return error


async def perform_async(step: Step) -> Outcome:
    """Do the same on the event loop."""
    if not isinstance(step, httpx2.Request):
        await anyio.sleep(step)
        return None
    try:
        content = bytearray()
        context = await anyio.to_thread.run_sync(tls)
        async with (
            _deadline(step).enforced_async(step),
            httpx2.AsyncClient(verify=context) as client,
        ):
            response = await client.send(step, stream=True)
            try:
                async for chunk in response.aiter_bytes():
                    _add(content, chunk)
            finally:
                await response.aclose()
        return _answer(response, content)
    except httpx2.HTTPError as error:
        return unreachable(error)
    except ConsumerError as error:
        return error


def _deadline(sent: httpx2.Request) -> Deadline:
    deadline: Deadline = sent.extensions.get("deadline") or Deadline(FLOW_SECONDS)
    return deadline


_NOT_SENT = (httpx2.ConnectError, httpx2.ConnectTimeout)


def unreachable(error: httpx2.HTTPError) -> ConsumerError:
    """Return the error for a failed request.

    Only the kind of failure is logged, because a URL may contain a token.
    """
    failure = ConsumerError(UNAVAILABLE, f"{type(error).__name__}")
    failure.may_have_worked = not isinstance(error, _NOT_SENT)
    return failure


def _add(content: bytearray, chunk: bytes) -> None:
    content += chunk
    if len(content) > MAX_BYTES:
        raise ConsumerError(UNUSABLE, "an answer of more than 1 MB")


def _answer(response: httpx2.Response, content: bytearray) -> httpx2.Response:
    # The body is already decoded, so the headers about its encoding no longer apply. No other
    # header is used.
    return httpx2.Response(response.status_code, content=bytes(content), request=response.request)
