"""An application around a consumer, with its mount: WSGI around a ``Consumer``, ASGI around an ``AsyncConsumer``."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import httpx2
from anyio import to_thread

from shared_validator.consumer import Consumer, ConsumerError
from shared_validator.edge.mount import current_request
from shared_validator.edge.refusals import respond
from shared_validator.edge.sessions import ConsumerSession
from shared_validator.http import Request, Response, redirect
from tests.unit.consumer.conftest import URL, Driven


class Visitor:
    """A browser: its cookies, and what the application keeps for it in a session that the browser carries."""

    def __init__(self) -> None:
        self.cookies: dict[str, str] = {}
        self.session: dict[str, Any] = {}
        self.set_cookies: list[str] = []


class Site:
    """The application.

    Args:
        consumer: the consumer of either kind.
    """

    def __init__(self, consumer: Driven) -> None:
        self._driven = consumer
        self._session: dict[str, Any] = {}

    def send(
        self,
        visitor: Visitor,
        method: str,
        path: str,
        *,
        form: Mapping[str, str] | None = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx2.Response:
        """Send a request with a visitor's cookies and session, and keep what comes back."""
        sent = {"Cookie": "; ".join(f"{name}={value}" for name, value in visitor.cookies.items())} if visitor.cookies else {}
        self._session = dict(visitor.session)
        url = path if "://" in path else URL + path
        options: dict[str, Any] = {"headers": {**sent, **(headers or {})}, "data": form, "content": content}
        if isinstance(self._driven.consumer, Consumer):
            transport = httpx2.WSGITransport(app=self._driven.consumer.wsgi(self._wsgi))
            with httpx2.Client(transport=transport) as client:
                response = client.request(method, url, **options)
        else:
            response = asyncio.run(self._send(self._driven.consumer.asgi(self._asgi), method, url, options))
        visitor.session = dict(self._session)
        for header in response.headers.get_list("set-cookie"):
            visitor.set_cookies.append(header)
            name, _, value = header.partition(";")[0].partition("=")
            visitor.cookies[name] = value
            if "Max-Age=0" in header:
                del visitor.cookies[name]
        return response

    def start(self, visitor: Visitor, name: str) -> str:
        """Start to sign in, and return the URL at the provider."""
        return self.send(visitor, "POST", f"/login/{name}").headers["location"]

    @staticmethod
    async def _send(app: Any, method: str, url: str, options: dict[str, Any]) -> httpx2.Response:
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app)) as client:
            return await client.request(method, url, **options)

    def _wsgi(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        response = self._answer(current_request(environ))
        start_response(f"{response.status} Status", list(response.headers))
        return [response.body]

    async def _asgi(self, scope: Any, receive: Any, send: Any) -> None:
        response = await to_thread.run_sync(self._answer, current_request(scope))
        headers = [(key.encode(), value.encode()) for key, value in response.headers]
        await send({"type": "http.response.start", "status": response.status, "headers": headers})
        await send({"type": "http.response.body", "body": response.body})

    def _answer(self, request: Request) -> Response:
        visit, (action, name) = ConsumerSession(self._session), request.path.split("/")[-2:]
        if (action, request.method) not in (("login", "POST"), ("callback", "GET")):
            return Response(405, (("Allow", "GET"),))
        try:
            if action == "login":
                return redirect(self._driven.start(name, visit.browser), 303)
            visit.begin(self._driven.finish(name, request, visit.browser).login_id)
            return redirect("/profile", 303)
        except ConsumerError as error:
            return respond(error, page=True)
