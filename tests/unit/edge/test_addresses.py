"""Whose address a request has behind proxies."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest

from shared_validator.edge.asgi import ASGIMount
from shared_validator.edge.mount import Mount, current_request
from shared_validator.edge.wsgi import WSGIMount
from shared_validator.settings import Settings, SettingsError

pytestmark = pytest.mark.fault(10)

PEER = "10.0.0.1"
REFUSED = [
    "",
    "unknown",
    "_hidden",
    "203.0.113.7:",
    "203.0.113.7:x",
    "203.0.113.7.",
    "203.0.113.256",
    "[2001:db8::1",
    "2001:db8::1]:4711",
    "example.org",
    "203.0.113.7 203.0.113.8",
    "203.0.113.7;203.0.113.8",
    "'--",
    "\u0662\u0660\u0663.0.113.7",
    "\xa0",
]


def wsgi(trusted_proxies: int, forwarded: list[str], peer: str) -> tuple[str, str]:
    """Return the address of the request, and the one that the framework sees."""
    seen: list[str] = []

    def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        seen.extend((current_request(environ).remote_addr, environ["REMOTE_ADDR"]))
        assert "HTTP_X_FORWARDED_FOR" not in environ  # web2py, for one, would believe it
        start_response("200 OK", [])
        return []

    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": "/",
        "HTTP_HOST": "host.example",
        "wsgi.url_scheme": "https",
        "wsgi.input": BytesIO(),
        "REMOTE_ADDR": peer,
        "HTTP_FORWARDED": "for=192.0.2.99",
        "HTTP_X_REAL_IP": "192.0.2.99",
        **({"HTTP_X_FORWARDED_FOR": ", ".join(forwarded)} if forwarded else {}),
    }
    list(WSGIMount(Mount("https://host.example", (), trusted_proxies=trusted_proxies), application)(environ, lambda *_: None))
    return seen[0], seen[1]


def asgi(trusted_proxies: int, forwarded: list[str], peer: str) -> tuple[str, str]:
    """Return the same of an ASGI mount, with each entry in a line of the header."""
    seen: list[str] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        seen.extend((current_request(scope).remote_addr, (scope["client"] or ("",))[0]))

    async def receive() -> Any:
        return {"type": "http.request", "body": b""}

    async def send(message: Any) -> None: ...

    scope = {
        "type": "http",
        "method": "GET",
        "scheme": "https",
        "path": "/",
        "root_path": "",
        "query_string": b"",
        "client": (peer, 4711) if peer else None,
        "headers": [
            (b"host", b"host.example"),
            (b"forwarded", b"for=192.0.2.99"),
            *((b"x-forwarded-for", entry.encode("latin-1", "replace")) for entry in forwarded),
        ],
    }
    asyncio.run(ASGIMount(Mount("https://host.example", (), trusted_proxies=trusted_proxies), application)(scope, receive, send))
    return seen[0], seen[1]


@pytest.mark.parametrize("call", [wsgi, asgi])
@pytest.mark.parametrize(
    ("trusted_proxies", "forwarded", "address"),
    [
        (0, ["203.0.113.7"], PEER),
        (0, ["203.0.113.7", "203.0.113.8"], PEER),
        (1, [], PEER),
        (1, ["203.0.113.7"], "203.0.113.7"),
        (1, ["192.0.2.66", "203.0.113.7"], "203.0.113.7"),
        (1, ["192.0.2.66, 192.0.2.67", "203.0.113.7"], "203.0.113.7"),
        (1, ["unknown", "", "203.0.113.7"], "203.0.113.7"),
        (2, ["203.0.113.7", "10.0.0.2"], "203.0.113.7"),
        (2, ["192.0.2.66", "203.0.113.7", "10.0.0.2"], "203.0.113.7"),
        (2, ["203.0.113.7"], PEER),
        (1, ["203.0.113.7:4711"], "203.0.113.7"),
        (1, ["2001:DB8::1"], "2001:db8::1"),
        (1, ["[2001:db8::1]:4711"], "2001:db8::1"),
        (1, ["[2001:db8::1]"], "2001:db8::1"),
        *((1, ["203.0.113.9", entry], PEER) for entry in REFUSED),
    ],
)
def test_the_address_is_what_the_outermost_trusted_proxy_saw(
    call: Callable[..., tuple[str, str]], trusted_proxies: int, forwarded: list[str], address: str
) -> None:
    """RFC 7239 §8.1: a visitor can write every entry but those of our own proxies; unasked, or malformed, the header says nothing."""
    assert (address, address) == call(trusted_proxies, forwarded, PEER)


@pytest.mark.parametrize("call", [wsgi, asgi])
def test_a_server_on_a_unix_socket_learns_addresses_from_its_proxy(call: Callable[..., tuple[str, str]]) -> None:
    """It has none itself."""
    assert ("203.0.113.7", "203.0.113.7") == call(1, ["203.0.113.7"], "")
    assert ("", "") == call(0, ["203.0.113.7"], "")


@pytest.mark.parametrize(("given", "trusted"), [("", 0), ("0", 0), ("2", 2)])
def test_the_number_of_proxies_is_a_setting(given: str, trusted: int) -> None:
    """No proxy is trusted unasked."""
    environ = {"OAUTH_ISSUER": "https://host.example", "OAUTH_SECRET_KEY": "k" * 43 + "=", "OAUTH_TRUSTED_PROXIES": given}
    assert trusted == Settings.from_environ(environ).trusted_proxies
    for wrong in ("-1", "yes", "*", "10.0.0.1"):
        with pytest.raises(SettingsError, match="OAUTH_TRUSTED_PROXIES"):
            Settings.from_environ(environ | {"OAUTH_TRUSTED_PROXIES": wrong})
