"""A deadline around whole exchanges with other servers.

The timeout of a socket is for each read alone. A server that sends one more header or interim
response (RFC 9110 §15.2) in time, again and again, would never reach it.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import anyio
import httpx2


class Deadline:
    """The moment at which waiting ends, for any number of exchanges one after the other.

    Args:
        seconds: how long from now.
    """

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    @property
    def has_passed(self) -> bool:
        """Whether no time is left."""
        return time.monotonic() >= self._end

    def before(self, other: Deadline | None) -> Deadline:
        """Return the earlier one of two deadlines."""
        return self if other is None or self._end <= other._end else other

    @contextlib.contextmanager
    def enforced(self, request: httpx2.Request) -> Iterator[None]:
        """End the exchange of ``request`` in this block when the deadline has passed.

        Raises:
            httpx2.TimeoutException: the deadline has passed.
        """
        left = self._left(request)
        connection = _Connection()
        request.extensions = {
            **request.extensions,
            "trace": connection.trace,
            "timeout": httpx2.Timeout(left).as_dict(),
        }
        timer = threading.Timer(left, connection.shut_down)
        timer.daemon = True
        timer.start()
        try:
            yield
        except httpx2.HTTPError as error:
            if connection.is_shut_down:
                raise _too_long(request) from error
            raise
        finally:
            timer.cancel()
            connection.close()
        if connection.is_shut_down:  # the end of the connection can look like the end of a body
            raise _too_long(request)

    @contextlib.asynccontextmanager
    async def enforced_async(self, request: httpx2.Request) -> AsyncIterator[None]:
        """Do the same on the event loop."""
        left = self._left(request)
        request.extensions = {
            **request.extensions,
            "timeout": httpx2.Timeout(left).as_dict(),
        }
        try:
            with anyio.fail_after(left):
                yield
        except TimeoutError as error:
            raise _too_long(request) from error

    def _left(self, request: httpx2.Request) -> float:
        left = self._end - time.monotonic()
        if left <= 0:
            raise httpx2.ConnectTimeout("no time is left", request=request)
        return left


def _too_long(request: httpx2.Request) -> httpx2.ReadTimeout:
    return httpx2.ReadTimeout("the exchange took too long", request=request)


class _Connection:
    """The connection of an exchange. When another thread shuts it down, the reading thread wakes."""

    def __init__(self) -> None:
        self.is_shut_down = False
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None

    def trace(self, event: str, info: dict[str, Any]) -> None:
        """Keep a duplicate of the socket (the extension ``trace``), which TLS does not take over."""
        if event != "connection.connect_tcp.complete":
            return
        with self._lock:
            self._socket = info["return_value"].get_extra_info("socket").dup()
            late = self.is_shut_down
        if late:
            self.shut_down()

    def shut_down(self) -> None:
        """Shut the connection down."""
        with self._lock:
            self.is_shut_down = True
            if self._socket is not None:
                with contextlib.suppress(OSError):
                    self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Close the duplicate."""
        with self._lock:
            if self._socket is not None:
                self._socket.close()
