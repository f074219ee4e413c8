"""Requests that no client library would send."""

from __future__ import annotations

import socket
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPResponse
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Answer:
    """What came back; ``status`` is 0 where the server closed the connection without a word."""

    status: int
    headers: dict[str, str]
    body: bytes
    pairs: tuple[tuple[str, str], ...] = ()

    def all(self, name: str) -> list[str]:
        """Return every value of a header, by its name in lower case."""
        return [value for key, value in self.pairs if key == name]


def raw(
    url: str,
    method: str,
    target: bytes,
    headers: Mapping[str, str | bytes] | None = None,
    body: bytes = b"",
    *,
    chunks: Sequence[bytes] | None = None,
    without: Collection[str] = (),
) -> Answer:
    """Send a request byte for byte, on a connection of its own, and return the answer.

    Args:
        url: whose host and port to connect to.
        method: the method, not checked.
        target: path and query as they stand in the request line.
        headers: headers beside Host, Connection and Content-Length, which may be replaced.
        body: the body.
        chunks: the body in chunks (RFC 9112 §7.1), instead of with a length.
        without: headers that are left out.
    """
    parts = urlsplit(url)
    given: dict[str, str | bytes] = {"Host": parts.netloc, "Connection": "close"}
    if chunks is not None:
        given["Transfer-Encoding"] = "chunked"
        body = b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in (*chunks, b""))
    elif body or method not in ("GET", "HEAD", "OPTIONS"):
        given["Content-Length"] = str(len(body))
    given |= headers or {}
    for name in without:
        del given[name]
    lines = [f"{name}: ".encode() + (value if isinstance(value, bytes) else value.encode("latin-1")) for name, value in given.items()]
    head = b"\r\n".join([method.encode("latin-1") + b" " + target + b" HTTP/1.1", *lines, b"", b""])
    with socket.create_connection((parts.hostname, parts.port), timeout=30) as connection:
        # It may be refused before all of it was sent, and the answer be there all the same.
        with suppress(BrokenPipeError, ConnectionResetError):
            connection.sendall(head + body)
        return _read(connection, method)


def _read(connection: socket.socket, method: str) -> Answer:
    response = HTTPResponse(connection, method=method)
    try:
        response.begin()
        body = response.read()
    except (ConnectionResetError, OSError, ValueError) as error:
        return Answer(0, {}, repr(error).encode())
    except Exception as error:  # http.client's own: the server said nothing that is HTTP
        return Answer(0, {}, repr(error).encode())
    finally:
        response.close()
    pairs = tuple((name.lower(), value) for name, value in response.getheaders())
    return Answer(response.status, dict(pairs), body, pairs)
