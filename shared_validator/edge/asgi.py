"""The edge of an ASGI application: bodies, the path of the public URL, and the machine endpoints."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

from anyio import to_thread

from shared_validator.edge.cookies import Jar
from shared_validator.edge.mount import KEY, MAX_BODY_BYTES, Mount
from shared_validator.edge.refusals import ContentTooLarge, RequestTimeout, respond
from shared_validator.edge.routes import Endpoint, with_length
from shared_validator.http import BadRequest, HTTPProblem, Request, Response

BODY_SECONDS = 30
"""How long a client may take to send a body."""

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]


class _HungUp(Exception):
    """The client has disconnected, so there is no one to respond to."""


class ASGIMount:
    """An ASGI application around another one. It reads each body once, answers the machine endpoints,
    and passes all other requests on.

    Put it outside the application's sessions and CSRF checks, and inside a middleware that reads a
    proxy's headers.

    Args:
        mount: the endpoints and the public URL.
        application: the application for all other requests.
    """

    def __init__(self, mount: Mount, application: Application) -> None:
        self._mount = mount
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request (ASGI 3.0, HTTP and WebSocket connection scope)."""
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        self._mount.enter()
        local = self._mount.local_path(scope["path"])
        endpoint = self._mount.endpoint(local)
        try:
            async with asyncio.timeout(BODY_SECONDS):
                body = await _read(scope, receive)
        except _HungUp:
            return
        except (HTTPProblem, TimeoutError) as error:
            problem = error if isinstance(error, HTTPProblem) else RequestTimeout()
            page = Request.from_asgi(scope, b"").wants_page
            await _send(endpoint.refuse(problem) if endpoint else respond(problem, page=page), send)
            return
        request = self._mount.public(Request.from_asgi(scope, body))
        if endpoint is not None:
            await _send(await _answer(endpoint, request), send)
            return
        try:
            as_get = self._mount.as_get(local, request)
        except HTTPProblem as problem:
            as_get = respond(problem, page=True)
        if as_get is not None:
            await _send(as_get, send)
            return
        base = self._mount.base_path
        below: Message = {"root_path": base, "path": base + local, KEY: request}
        if request.remote_addr != (scope.get("client") or ("",))[0]:
            below["client"] = (request.remote_addr, 0)  # the port of a visitor is unknown
        if jar := self._mount.jar(request):
            send = _with_cookies(jar, send)
        await self._application({**scope, **below}, _replayed(body, receive), send)


async def _answer(endpoint: Endpoint, request: Request) -> Response:
    if endpoint.blocking:
        return await to_thread.run_sync(endpoint.answer, request)
    return endpoint.answer(request)


async def _read(scope: Scope, receive: Receive) -> bytes:
    """Return the body.

    Raises:
        ContentTooLarge: it is longer than ``MAX_BODY_BYTES``.
        _HungUp: the client disconnected.
    """
    declared = dict(scope["headers"]).get(b"content-length", b"0")
    if not declared.isdigit():
        raise BadRequest("the Content-Length is not a number")
    if int(declared) > MAX_BODY_BYTES:
        raise ContentTooLarge
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _HungUp
        body += message.get("body", b"")
        if len(body) > MAX_BODY_BYTES:
            raise ContentTooLarge
        if not message.get("more_body"):
            return bytes(body)


def _replayed(body: bytes, receive: Receive) -> Receive:
    sent = False

    async def replay() -> Message:
        nonlocal sent
        if sent:
            return await receive()
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


def _with_cookies(jar: Jar, send: Send) -> Send:
    async def send_with_cookies(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = [*message.get("headers", ()), *_encoded(jar.headers)]
            message = {**message, "headers": headers}
        await send(message)

    return send_with_cookies


def _encoded(headers: Iterable[tuple[str, str]]) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]


async def _send(response: Response, send: Send) -> None:
    headers = _encoded(with_length(response).headers)
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": response.body})
