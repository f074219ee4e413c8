"""A looking glass: it stands before an example, passes everything on as it is, and prints who asks whom and what comes back."""

from __future__ import annotations

import base64
import binascii
import http.client
import json
import re
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from frameworks.serve import HOST

# The next hop makes its own (RFC 9110 §7.6.1).
_HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "upgrade", "te", "trailer", "proxy-connection", "content-length"}
_SECRET = re.compile(r"token|secret|code|state|nonce|verifier|signature|password|jwt|id_token|challenge|bearer", re.IGNORECASE)
_NOT_SECRET = {"token_type", "code_challenge_method", "oauth_signature_method", "token_type_hint", "token_endpoint"}
_UNREMARKABLE = ("/static/", "/favicon.ico")
_LONGEST = 60
_MOST = 12

_numbers = count(1)
_printing = threading.Lock()

Pairs = Iterable[tuple[str, Any]]


@contextmanager
def watched(name: str, port: int, target: int, say: Callable[[str], None]) -> Iterator[None]:
    """Stand before an example while the block runs.

    Args:
        name: what the example is called in what is printed.
        port: where everybody asks.
        target: where the example listens.
        say: prints a line.
    """
    handler = type("Handler", (_Handler,), {"name": name, "target": target, "say": staticmethod(say)})
    with ThreadingHTTPServer((HOST, port), handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        try:
            yield
        finally:
            server.shutdown()


class _Handler(BaseHTTPRequestHandler):
    """Passes one request on."""

    name: str
    target: int
    say: Callable[[str], None]
    timeout = 30

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        quiet = self.path.startswith(_UNREMARKABLE)
        number = 0 if quiet else next(_numbers)
        if not quiet:
            self._print(number, "→", f"{self._who()} asks {self.name}: {self.command} {urlsplit(self.path).path}", self._asked(body))
        try:
            answer, content = self._pass_on(body)
        except OSError as error:
            self.send_error(502, f"the {self.name} does not answer: {error}")
            return
        if not quiet:
            self._print(number, "←", *_answered(answer, content))
        with suppress(OSError):  # whoever asked may have gone away
            self._send_back(answer, content)

    do_POST = do_HEAD = do_OPTIONS = do_GET

    def _pass_on(self, body: bytes) -> tuple[http.client.HTTPResponse, bytes]:
        connection = http.client.HTTPConnection(HOST, self.target, timeout=30)
        try:
            connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
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

    def _who(self) -> str:
        return "browser" if "text/html" in self.headers.get("Accept", "") else "consumer"

    def _asked(self, body: bytes) -> list[str]:
        form = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)
        query = parse_qsl(urlsplit(self.path).query, keep_blank_values=True)
        return [line for line in (_shown(_credentials(self.headers.get("Authorization", ""))), _shown(query), _shown(form)) if line]

    def _print(self, number: int, arrow: str, what: str, details: Iterable[str]) -> None:
        with _printing:
            type(self).say(f"{number:>4} {arrow} {what}")
            for detail in details:
                type(self).say(f"       {detail}")

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: what there is to say was said."""


def _answered(answer: http.client.HTTPResponse, content: bytes) -> tuple[str, list[str]]:
    what = f"{answer.status} {answer.reason}"
    location = answer.getheader("Location")
    if location:
        place, _, query = location.partition("?")
        return f"{what}, go to {place}", [line for line in (_shown(parse_qsl(query)),) if line]
    kind = (answer.getheader("Content-Type") or "").partition(";")[0]
    text = content.decode("utf-8", "replace")
    if kind == "text/html":
        title = re.search(r"<title>(.*?)</title>", text, re.DOTALL)
        return f"{what}, the page “{' '.join(title[1].split())}”" if title else what, []
    challenges = [f"WWW-Authenticate: {value}" for value in answer.headers.get_all("WWW-Authenticate") or []]
    return what, [*challenges, *(line for line in (_shown(_content(kind, text)),) if line)]


def _content(kind: str, text: str) -> Pairs:
    if kind == "application/json":
        with suppress(ValueError):
            data = json.loads(text)
            return list(data.items()) if isinstance(data, dict) else [("", data)]
    return parse_qsl(text)


def _credentials(authorization: str) -> Pairs:
    """Return what an `Authorization` header says, in the order in which it says it."""
    scheme, _, rest = authorization.partition(" ")
    if scheme.lower() == "basic":
        with suppress(binascii.Error, UnicodeDecodeError):
            client_id, _, client_secret = base64.b64decode(rest).decode().partition(":")
            return [("Authorization", "Basic"), ("client_id", unquote(client_id)), ("client_secret", client_secret)]
    if scheme.lower() == "oauth":
        return [("Authorization", "OAuth"), *((name, unquote(value)) for name, value in re.findall(r'([\w]+)="([^"]*)"', rest))]
    return [(f"Authorization: {scheme}", rest)] if rest else []


def _shown(pairs: Pairs) -> str:
    shown = [f"{name}={_short(name, value)}" for name, value in pairs]
    more = len(shown) - _MOST
    return "  ".join(shown if more <= 0 else [*shown[:_MOST], f"and {more} more"])


def _short(name: str, value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    if name == "next":
        text = text.partition("?")[0]  # the way back after signing in: its parameters were shown when they came
    elif _SECRET.search(name) and name not in _NOT_SECRET:
        return f"{text[:8]}…" if len(text) > 12 else "…" if name == "password" else text
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
