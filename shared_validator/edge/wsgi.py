"""The edge of a WSGI application: bodies, the path of the public URL, and the machine endpoints."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from http import HTTPStatus
from io import BytesIO
from typing import Any

from shared_validator.edge.cookies import Jar
from shared_validator.edge.mount import KEY, MAX_BODY_BYTES, Mount
from shared_validator.edge.refusals import ContentTooLarge, respond
from shared_validator.edge.routes import with_length
from shared_validator.http import BadRequest, HTTPProblem, Request, Response

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]


class WSGIMount:
    """A WSGI application around another one. It reads each body once, answers the machine endpoints,
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

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request (PEP 3333)."""
        self._mount.enter()
        path = self._mount.local_path(environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", ""))
        endpoint = self._mount.endpoint(path)
        try:
            body = _read(environ)
        except HTTPProblem as problem:
            if endpoint is not None:
                return _send(endpoint.refuse(problem), start_response)
            page = Request.from_wsgi(environ, b"").wants_page
            return _send(respond(problem, page=page), start_response)
        request = self._mount.public(Request.from_wsgi(environ, body))
        if endpoint is not None:
            return _send(endpoint.answer(request), start_response)
        try:
            as_get = self._mount.as_get(path, request)
        except HTTPProblem as problem:
            as_get = respond(problem, page=True)
        if as_get is not None:
            return _send(as_get, start_response)
        environ |= {
            "SCRIPT_NAME": self._mount.base_path,
            "PATH_INFO": path,
            "REMOTE_ADDR": request.remote_addr,
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": BytesIO(body),
            KEY: request,
        }
        environ.pop("HTTP_TRANSFER_ENCODING", None)  # the body has been read, and has a length
        environ.pop("HTTP_X_FORWARDED_FOR", None)  # some frameworks would believe a visitor's entry
        if jar := self._mount.jar(request):
            start_response = _with_cookies(jar, start_response)
        parts = self._application(environ, start_response)
        return _without_body(parts) if request.method == "HEAD" else parts


def _with_cookies(jar: Jar, start_response: StartResponse) -> StartResponse:
    def start(status: str, headers: list[tuple[str, str]], *exc_info: Any) -> Any:
        return start_response(status, [*headers, *jar.headers], *exc_info)

    return start


def _read(environ: Environ) -> bytes:
    """Return the body, however it is framed (RFC 9112 §6.3): absent, with a length, or chunked.

    Raises:
        ContentTooLarge: it is longer than ``MAX_BODY_BYTES``.
        BadRequest: its length is not a number, or it ends before its length.
    """
    declared = environ.get("CONTENT_LENGTH") or ""
    if "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower():
        return _read_until(environ["wsgi.input"], MAX_BODY_BYTES + 1)
    if not declared:
        return b""
    if not (declared.isascii() and declared.isdigit()):
        raise BadRequest("the Content-Length is not a number")
    if int(declared) > MAX_BODY_BYTES:
        raise ContentTooLarge
    body = _read_until(environ["wsgi.input"], int(declared))
    if len(body) < int(declared):
        raise BadRequest("the body is shorter than its Content-Length")
    return body


def _read_until(stream: Any, length: int) -> bytes:
    body = bytearray()
    try:
        while len(body) < length and (part := stream.read(length - len(body))):
            body += part
    except (
        Exception
    ) as error:  # each server has its own errors for clients that disconnect or send nonsense
        raise BadRequest("the body cannot be read") from error
    if len(body) > MAX_BODY_BYTES:
        raise ContentTooLarge
    return bytes(body)


def _without_body(parts: Iterable[bytes]) -> Iterable[bytes]:
    """Drop the body of a response to HEAD (RFC 9110 §9.3.2): some servers would send it."""
    try:
        for _ in parts:
            break  # an application may respond only when its first part is requested
    finally:
        if hasattr(parts, "close"):
            parts.close()
    return []


def _send(response: Response, start_response: StartResponse) -> Iterable[bytes]:
    phrase = HTTPStatus(response.status).phrase
    start_response(f"{response.status} {phrase}", list(with_length(response).headers))
    return [response.body]
