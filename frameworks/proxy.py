"""A proxy in front of an example: it shows an observer each request and response, unchanged."""

from __future__ import annotations

import base64
import binascii
import http.client
import json
import re
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any, Protocol
from urllib.parse import parse_qsl, unquote

from frameworks.serve import HOST

# The next hop sets its own (RFC 9110 §7.6.1).
_HOP_BY_HOP = {
    "connection",
    "keep-alive",
    "transfer-encoding",
    "upgrade",
    "te",
    "trailer",
    "proxy-connection",
    "content-length",
}
_SECRET = re.compile(
    r"token|secret|code|state|nonce|verifier|signature|password|jwt|id_token|challenge|bearer",
    re.IGNORECASE,
)
_NOT_SECRET = {
    "token_type",
    "code_challenge_method",
    "oauth_signature_method",
    "token_type_hint",
    "token_endpoint",
}
_UNREMARKABLE = ("/static/", "/favicon.ico")
_LONGEST = 60
_MOST = 12

_numbers = count(1)
_observing = threading.Lock()

Pairs = Iterable[tuple[str, Any]]


@dataclass(frozen=True)
class ObservedRequest:
    """A request as the proxy saw it.

    Args:
        number: the number of the request, which its response shares.
        role: its recipient, `provider` or `consumer`.
        method: the HTTP method.
        target: path and query.
        headers: the headers as received, with names in any case.
        body: the body, not decoded.
    """

    number: int
    role: str
    method: str
    target: str
    headers: Message
    body: bytes

    @property
    def by_a_browser(self) -> bool:
        """Whether the client asks for a page."""
        return "text/html" in self.headers.get("Accept", "")


@dataclass(frozen=True)
class ObservedResponse:
    """A response as the proxy saw it."""

    number: int
    status: int
    reason: str
    headers: Message
    body: bytes


class Observer(Protocol):
    """Sees requests and responses, one call at a time, whatever the thread."""

    def see_request(self, request: ObservedRequest) -> None:
        """See a request before it is passed on."""

    def see_response(self, answer: ObservedResponse) -> None:
        """See a response before it is returned."""


@contextmanager
def observe(
    role: str, port: int, target: int, observer: Observer, tls: ssl.SSLContext | None = None
) -> Iterator[None]:
    """Run a proxy in front of an example while the block runs.

    Args:
        role: the name of the example.
        port: where the proxy listens.
        target: where the example listens.
        observer: sees everything except routine requests, such as the stylesheet.
        tls: makes the proxy serve https; it serves http by default.
    """
    handler = type("Handler", (_Handler,), {"role": role, "target": target, "observer": observer})
    with ThreadingHTTPServer((HOST, port), handler) as server:
        if tls is not None:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        try:
            yield
        finally:
            server.shutdown()


class _Handler(BaseHTTPRequestHandler):
    """Passes one request on."""

    role: str
    target: int
    observer: Observer
    timeout = 30

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        quiet = self.path.startswith(_UNREMARKABLE)
        number = 0 if quiet else next(_numbers)
        if not quiet:
            with _observing:
                self.observer.see_request(
                    ObservedRequest(number, self.role, self.command, self.path, self.headers, body)
                )
        try:
            answer, content = self._pass_on(body)
        except OSError as error:
            self.send_error(502, f"the {self.role} does not answer: {error}")
            return
        if not quiet:
            with _observing:
                self.observer.see_response(
                    ObservedResponse(number, answer.status, answer.reason, answer.headers, content)
                )
        with suppress(OSError):  # the client may have disconnected
            self._send_back(answer, content)

    do_POST = do_HEAD = do_OPTIONS = do_GET

    def _pass_on(self, body: bytes) -> tuple[http.client.HTTPResponse, bytes]:
        connection = http.client.HTTPConnection(HOST, self.target, timeout=30)
        try:
            connection.putrequest(
                self.command, self.path, skip_host=True, skip_accept_encoding=True
            )
            for name, value in self.headers.items():
                if name.lower() not in _HOP_BY_HOP:
                    connection.putheader(name, value)
            connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            answer = connection.getresponse()
            return answer, answer.read()
        finally:
            connection.close()

    def _send_back(self, answer: http.client.HTTPResponse, content: bytes) -> None:
        self.send_response_only(answer.status, answer.reason)
        for name, value in answer.getheaders():
            if name.lower() not in _HOP_BY_HOP:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Don't log: the observer has seen the request."""


class Printer:
    """An observer that prints requests and responses, with secrets shortened.

    Args:
        say: prints a line.
    """

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say

    def see_request(self, request: ObservedRequest) -> None:
        """Print the sender, the recipient and the request."""
        path, _, query = request.target.partition("?")
        form = parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True)
        parts = (
            credentials(request.headers.get("Authorization", "")),
            parse_qsl(query, keep_blank_values=True),
            form,
        )
        who = "browser" if request.by_a_browser else "consumer"
        self._print(
            request.number,
            "→",
            f"{who} asks {request.role}: {request.method} {path}",
            filter(None, map(_line, parts)),
        )

    def see_response(self, answer: ObservedResponse) -> None:
        """Print the response."""
        self._print(answer.number, "←", *_summary(answer))

    def _print(self, number: int, arrow: str, what: str, details: Iterable[str]) -> None:
        self._say(f"{number:>4} {arrow} {what}")
        for detail in details:
            self._say(f"       {detail}")


def _summary(answer: ObservedResponse) -> tuple[str, list[str]]:
    what = f"{answer.status} {answer.reason}"
    location = answer.headers.get("Location")
    if location:
        place, _, query = location.partition("?")
        return f"{what}, go to {place}", [line for line in (_line(parse_qsl(query)),) if line]
    kind = answer.headers.get_content_type()
    text = answer.body.decode("utf-8", "replace")
    if kind == "text/html":
        title = re.search(r"<title>(.*?)</title>", text, re.DOTALL)
        return f"{what}, the page “{' '.join(title[1].split())}”" if title else what, []
    challenges = [
        f"WWW-Authenticate: {value}" for value in answer.headers.get_all("WWW-Authenticate") or []
    ]
    return what, [*challenges, *(line for line in (_line(_content(kind, text)),) if line)]


def _content(kind: str, text: str) -> Pairs:
    if kind == "application/json":
        with suppress(ValueError):
            data = json.loads(text)
            return list(data.items()) if isinstance(data, dict) else [("", data)]
    return parse_qsl(text)


def credentials(authorization: str) -> Pairs:
    """Return the parameters of an `Authorization` header, in their order."""
    scheme, _, rest = authorization.partition(" ")
    if scheme.lower() == "basic":
        with suppress(binascii.Error, UnicodeDecodeError):
            client_id, _, client_secret = base64.b64decode(rest).decode().partition(":")
            return [
                ("Authorization", "Basic"),
                ("client_id", unquote(client_id)),
                ("client_secret", client_secret),
            ]
    if scheme.lower() == "oauth":
        return [
            ("Authorization", "OAuth"),
            *((name, unquote(value)) for name, value in re.findall(r'([\w]+)="([^"]*)"', rest)),
        ]
    return [(f"Authorization: {scheme}", rest)] if rest else []


def _line(pairs: Pairs) -> str:
    shown = [f"{name}={_short(name, value)}" for name, value in pairs]
    more = len(shown) - _MOST
    return "  ".join(shown if more <= 0 else [*shown[:_MOST], f"and {more} more"])


def _short(name: str, value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    if name == "next":
        text = text.partition("?")[
            0
        ]  # the URL to return to after signing in: its parameters were shown before
    elif _SECRET.search(name) and name not in _NOT_SECRET:
        return f"{text[:8]}…" if len(text) > 12 else "…" if name == "password" else text
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
