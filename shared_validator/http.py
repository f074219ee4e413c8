"""Requests and responses, as raw bytes, for the adapters of all frameworks.

OAuth 1.0a signs the URL and the body as they were sent, so neither is decoded, normalised or
re-encoded on the way.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

NO_STORE = (("Cache-Control", "no-store"), ("Pragma", "no-cache"))
"""The headers of every response with a credential (RFC 6749 §5.1)."""

FORM = "application/x-www-form-urlencoded"

_PATH = "/:@!$&'()*+,;=~-._"


class HTTPProblem(Exception):
    """A request that cannot be answered as asked. ``edge.refusals.respond`` turns it into a response.

    Attributes:
        status: the HTTP status.
        error: the OAuth error code for machines (RFC 6749 §4.1.2.1, §5.2).
        title: the heading of the page for people; defaults to the name of the status.
        template: the template of that page.
        headers: additional headers of the response.
    """

    status = 500
    error = "server_error"
    title = ""
    template = "error.html"
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def detail(self) -> str:
        """The message for the sender of the request, which is safe to show."""
        return str(self)


class BadRequest(HTTPProblem):
    """The request is not well formed."""

    status = 400
    error = "invalid_request"


class Refused(HTTPProblem):
    """A response to send instead of the requested one: a refusal, or a redirect to sign in.

    Args:
        response: the response to send.
        reason: the reason, for the message of the exception.
    """

    def __init__(self, response: Response, reason: str = "") -> None:
        super().__init__(reason or f"answered with status {response.status}")
        self.response = response
        self.status = response.status


def _pairs(encoded: str) -> tuple[tuple[str, str], ...]:
    try:
        pairs = parse_qsl(encoded, keep_blank_values=True, errors="strict", max_num_fields=200)
    except ValueError as error:
        raise BadRequest("the parameters are not form-encoded UTF-8") from error
    if any("\x00" in part for pair in pairs for part in pair):
        raise BadRequest("a parameter contains a NUL character")
    return tuple(pairs)


def single(pairs: Iterable[tuple[str, str]], name: str) -> str | None:
    """Return the value of the parameter ``name``, or ``None``.

    Raises:
        BadRequest: it is repeated.
    """
    values = [value for key, value in pairs if key == name]
    if len(values) > 1:
        raise BadRequest(f"the parameter {name} is given more than once")
    return values[0] if values else None


@dataclass(frozen=True)
class Request:
    """An HTTP request as it arrived.

    Args:
        method: ``GET``, ``POST``, … in capitals.
        url: the absolute URL, percent-encoded as received.
        headers: names in lower case. A repeated header is joined with ``", "`` (RFC 9110 §5.3).
        body: the undecoded body.
        remote_addr: the address of the peer, for the limit on failed sign-ins; empty if unknown.
    """

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes = b""
    remote_addr: str = ""

    @classmethod
    def from_wsgi(cls, environ: Mapping[str, Any], body: bytes) -> Request:
        """Build a request from a WSGI environ (PEP 3333) and the body that the framework has read.

        Some servers keep the original request line as ``RAW_URI`` or ``REQUEST_URI``. For other
        servers, the path is quoted again.
        """
        target = environ.get("RAW_URI") or environ.get("REQUEST_URI")
        if not target:
            path = (environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")).encode("latin-1")
            query = environ.get("QUERY_STRING", "")
            target = quote(path, safe=_PATH) + (f"?{query}" if query else "")
        host = environ.get("HTTP_HOST") or f"{environ['SERVER_NAME']}:{environ['SERVER_PORT']}"
        # A proxy's request line already has the absolute form (RFC 9112 §3.2.2).
        url = f"{environ['wsgi.url_scheme']}://{host}{target}" if target[0] == "/" else target
        return cls(
            environ["REQUEST_METHOD"],
            url,
            _WSGIHeaders(environ),
            body,
            environ.get("REMOTE_ADDR", ""),
        )

    @classmethod
    def from_asgi(cls, scope: Mapping[str, Any], body: bytes) -> Request:
        """Build a request from an ASGI connection scope (ASGI 3.0, HTTP) and the body.

        Some servers keep the original path as ``raw_path``. For other servers, the path is quoted
        again.
        """
        headers: dict[str, str] = {}
        for name, value in scope["headers"]:
            key, text = name.decode("latin-1").lower(), value.decode("latin-1")
            # Only cookies are joined differently (RFC 6265 §5.4, RFC 9113 §8.2.3).
            headers[key] = (
                f"{headers[key]}{'; ' if key == 'cookie' else ', '}{text}"
                if key in headers
                else text
            )
        path = (scope.get("raw_path") or quote(scope["path"], safe=_PATH).encode()).decode(
            "latin-1"
        )
        query = scope["query_string"].decode("latin-1")
        server = scope.get("server") or ("localhost", None)
        host = headers.get("host") or (f"{server[0]}:{server[1]}" if server[1] else server[0])
        url = f"{scope['scheme']}://{host}{path}" + (f"?{query}" if query else "")
        return cls(scope["method"], url, headers, body, (scope.get("client") or ("",))[0])

    @property
    def wants_page(self) -> bool:
        """Whether the client is a browser that navigates.

        Browsers then accept ``text/html`` (RFC 9110 §12.5.1); programs rarely do.
        """
        return "text/html" in self.headers.get("accept", "")

    @property
    def path(self) -> str:
        """The path, still percent-encoded."""
        return self._target[0]

    @cached_property
    def query(self) -> tuple[tuple[str, str], ...]:
        """The decoded query parameters, in order and with repetitions.

        Raises:
            BadRequest: they are not UTF-8.
        """
        return _pairs(self._target[1])

    @cached_property
    def _target(self) -> tuple[str, str]:
        # The host comes from a header, which may contain values that urlsplit refuses.
        authority_and_path, _, query = self.url.partition("#")[0].partition("?")
        path = authority_and_path.partition("://")[2].partition("/")
        return f"/{path[2]}" if path[1] else "", query

    @property
    def is_form(self) -> bool:
        """Whether the content type of the body is form-encoded."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower() == FORM

    @cached_property
    def form(self) -> tuple[tuple[str, str], ...]:
        """The decoded form fields, in order and with repetitions.

        Any other kind of body has none. Raises ``BadRequest``.
        """
        if not self.is_form:
            return ()
        try:
            return _pairs(self.body.decode("ascii"))
        except UnicodeDecodeError as error:
            raise BadRequest("the parameters are not form-encoded UTF-8") from error


class _WSGIHeaders(Mapping[str, str]):
    """The headers in a WSGI environ, looked up on demand because most are never used."""

    def __init__(self, environ: Mapping[str, Any]) -> None:
        self._environ = environ

    def __getitem__(self, name: str) -> str:
        key = name.upper().replace("-", "_")
        if key not in _WITHOUT_PREFIX:
            value: str = self._environ[f"HTTP_{key}"]
            return value
        # PEP 3333 allows these two to be empty if they are absent.
        if not self._environ.get(key):
            raise KeyError(name)
        return str(self._environ[key])

    def __iter__(self) -> Iterator[str]:
        prefixed = (key[5:] for key in self._environ if key.startswith("HTTP_"))
        others = (key for key in _WITHOUT_PREFIX if self._environ.get(key))
        return (key.replace("_", "-").lower() for key in (*prefixed, *others))

    def __len__(self) -> int:
        return sum(1 for _ in self)


_WITHOUT_PREFIX = ("CONTENT_TYPE", "CONTENT_LENGTH")


@dataclass(frozen=True)
class Response:
    """An HTTP response to send unchanged.

    Args:
        status: the status code.
        headers: pairs, in order; a name may repeat.
        body: the encoded body.
    """

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    def header(self, name: str) -> str | None:
        """Return the first value of a header, whatever the case of its name."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


def json_response(
    data: Any, status: int = 200, headers: Iterable[tuple[str, str]] = ()
) -> Response:
    """Return ``data`` as ``application/json``."""
    return Response(
        status, (("Content-Type", "application/json"), *headers), json.dumps(data).encode()
    )


def json_error(
    error: str, description: str, status: int, headers: Iterable[tuple[str, str]] = ()
) -> Response:
    """Return the JSON response to an error (RFC 6749 §5.2, RFC 6750 §3.1)."""
    body = {"error": error, "error_description": description}
    return json_response(body, status, (*NO_STORE, *headers))


def redirect(location: str, status: int = 302) -> Response:
    """Return a redirect with this exact ``Location``: redirect URIs are compared as strings."""
    return Response(status, (("Location", location), *NO_STORE))


def with_parameters(uri: str, parameters: list[tuple[str, str]]) -> str:
    """Append parameters to a redirect URI, and keep its own bytes unchanged (RFC 6749 §3.1.2)."""
    return f"{uri}{'&' if '?' in uri else '?'}{urlencode(parameters, quote_via=quote)}"
