"""A load that keeps one server process busy: raw sockets that stay open, each with its next request ready."""

from __future__ import annotations

import selectors
import socket
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

CONNECTIONS = 4
"""As many that the server never waits for the next request, and few enough that requests do not wait long for each other."""


@dataclass(frozen=True)
class Reply:
    """What the server answered."""

    status: int
    head: bytes
    body: bytes


Exchange = Generator[bytes, Reply, None]
"""Yields a request and is sent the reply to it, without an end."""


def get(path: str, **headers: str) -> bytes:
    """Return a GET request; underscores in the headers' names stand for hyphens."""
    return _request("GET", path, headers, b"")


def post(path: str, form: Mapping[str, str], **headers: str) -> bytes:
    """Return a POST request with a form."""
    body = urlencode(form).encode()
    return _request(
        "POST",
        path,
        {"Content-Type": "application/x-www-form-urlencoded", "Content-Length": str(len(body))}
        | headers,
        body,
    )


def _request(method: str, path: str, headers: Mapping[str, str], body: bytes) -> bytes:
    lines = [
        f"{method} {path} HTTP/1.1",
        "Host: 127.0.0.1",
        *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


def repeat(request: bytes) -> Exchange:
    """Send the same request again and again."""
    while True:
        yield request


class _Caller:
    """One connection's side of an exchange, which outlives the connection."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self.request = next(exchange)
        self.sent_at = 0.0
        self._received = b""

    def send(self, connection: socket.socket) -> None:
        self.sent_at = time.perf_counter()
        connection.sendall(self.request)

    def receive(self, connection: socket.socket) -> bool:
        """Read what has arrived, and say whether the reply is whole. Raises `RuntimeError` when it is not a good one."""
        arrived = connection.recv(65536)
        self._received += arrived
        head, separator, body = self._received.partition(b"\r\n\r\n")
        if not arrived:
            raise RuntimeError("the server closed the connection")
        if not separator or len(body) < _length(head):
            return False
        reply = Reply(int(head[9:12]), head, body)
        if reply.status >= 400:
            raise RuntimeError(f"answered with {reply.status}: {reply.body[:200]!r}")
        self._received = b""
        self.request = self._exchange.send(reply)
        return True


def _length(head: bytes) -> int:
    at = head.lower().index(b"content-length:")
    return int(head[at + 15 :].partition(b"\r\n")[0])


@dataclass(frozen=True)
class Round:
    """What one round of a load has shown."""

    requests: int
    seconds: float
    latencies: list[float]
    cpu_seconds: float

    @property
    def per_second(self) -> float:
        """Requests per second."""
        return self.requests / self.seconds

    @property
    def cpu(self) -> float:
        """CPU seconds of the server per request."""
        return self.cpu_seconds / self.requests


class Load:
    """Callers that ask one server as fast as it answers.

    Args:
        port: where it listens, on the loopback address.
        exchanges: what each connection says.
        cpu: returns the CPU seconds that the server has used so far.
    """

    def __init__(self, port: int, exchanges: Sequence[Exchange], cpu: Callable[[], float]) -> None:
        self._port = port
        self._callers = [_Caller(exchange) for exchange in exchanges]
        self._cpu = cpu

    def run(self, seconds: float) -> Round:
        """Ask for so many seconds, and until the last reply is there."""
        connections = [
            socket.create_connection(("127.0.0.1", self._port), timeout=30) for _ in self._callers
        ]
        try:
            for connection in connections:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            cpu = self._cpu()
            begin = time.perf_counter()
            latencies = self._drive(connections, begin + seconds)
            elapsed = time.perf_counter() - begin
            return Round(len(latencies), elapsed, latencies, self._cpu() - cpu)
        finally:
            for connection in connections:
                connection.close()

    def _drive(self, connections: Sequence[socket.socket], until: float) -> list[float]:
        latencies: list[float] = []
        with selectors.DefaultSelector() as selector:
            for connection, caller in zip(connections, self._callers, strict=True):
                selector.register(connection, selectors.EVENT_READ, caller)
                caller.send(connection)
            while selector.get_map():
                for key, _ in selector.select():
                    connection, caller = key.fileobj, key.data
                    if not caller.receive(connection):
                        continue
                    now = time.perf_counter()
                    latencies.append(now - caller.sent_at)
                    if now < until:
                        caller.send(connection)
                    else:
                        selector.unregister(connection)
        return latencies


def interleaved(loads: Mapping[str, Load], rounds: int, seconds: float) -> dict[str, list[Round]]:
    """Run loads in turn, A B A B …, so that whatever else the machine does meets all of them alike. The first turn only warms up."""
    for load in loads.values():
        load.run(seconds / 4)
    found: dict[str, list[Round]] = {name: [] for name in loads}
    for _ in range(rounds):
        for name, load in loads.items():
            found[name].append(load.run(seconds))
    return found
