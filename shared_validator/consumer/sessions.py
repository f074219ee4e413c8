"""An ``httpx2`` client that acts for a user: it adds the credentials, for the user's API only."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import closing

import httpx2

from shared_validator.consumer.steps import (
    TIMEOUT_SECONDS,
    Done,
    Flow,
    advance,
    advance_async,
    perform,
    perform_async,
    tls,
)


class SessionAuth(httpx2.Auth):
    """Adds credentials to each request; one logic for sync and async clients.

    The flow yields the request itself when it is ready, and the session sends it. Other requests,
    such as a refresh, never go through the session: its redirects, cookies and hooks are the
    application's.

    Args:
        api: the API that may get the credentials.
        flow: prepares and yields a request.
    """

    def __init__(self, api: str, flow: Callable[[httpx2.Request], Flow[None]]) -> None:
        self._api = httpx2.URL(api)
        self._flow = flow

    def sync_auth_flow(
        self, request: httpx2.Request
    ) -> Generator[httpx2.Request, httpx2.Response, None]:
        """Override of ``httpx2.Auth``."""
        self._check_origin(request)
        request.read()
        with closing(self._flow(request)) as flow:
            step = advance(flow, None)
            while not isinstance(step, Done):
                step = advance(flow, (yield request) if step is request else perform(step))

    async def async_auth_flow(
        self, request: httpx2.Request
    ) -> AsyncGenerator[httpx2.Request, httpx2.Response]:
        """Override of ``httpx2.Auth``."""
        self._check_origin(request)
        await request.aread()
        with closing(self._flow(request)) as flow:
            step = await advance_async(flow, None)
            while not isinstance(step, Done):
                step = await advance_async(
                    flow, (yield request) if step is request else await perform_async(step)
                )

    def _check_origin(self, request: httpx2.Request) -> None:
        # httpx2 drops the credentials on a redirect to another origin. This stops absolute URLs.
        if request.url.origin != self._api.origin:
            raise ValueError(
                f"the credentials are for {self._api} only, not for {request.url.host}"
            )


def session(api: str, flow: Callable[[httpx2.Request], Flow[None]]) -> httpx2.Client:
    """Return a client for the API at ``api``."""
    return httpx2.Client(
        base_url=api, auth=SessionAuth(api, flow), verify=tls(), timeout=TIMEOUT_SECONDS
    )


def async_session(api: str, flow: Callable[[httpx2.Request], Flow[None]]) -> httpx2.AsyncClient:
    """Return a client for the API at ``api``."""
    return httpx2.AsyncClient(
        base_url=api, auth=SessionAuth(api, flow), verify=tls(), timeout=TIMEOUT_SECONDS
    )
