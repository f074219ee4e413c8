"""What Pando makes of a request, and what the examples let it make."""

import json
import socket

import pytest

from tests.driving import seed
from tests.driving.raw import raw
from tests.driving.serving import Server

ROLES = ("provider", "consumer")


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """Serve both roles, and return their URLs. At the end, none has logged a traceback."""
    folder = tmp_path_factory.mktemp("aspen")
    providers = folder / "providers.toml"
    providers.write_text(seed.providers("http://127.0.0.1:9"))
    servers = {"provider": Server("aspen", "provider", folder), "consumer": Server("aspen", "consumer", folder, providers=str(providers))}
    try:
        yield {role: server.start().url for role, server in servers.items()}
    finally:
        statuses = [server.stop() for server in servers.values()]
    assert [0, 0] == statuses
    assert not [role for role, server in servers.items() if "Traceback" in server.log.read_text()]


@pytest.mark.parametrize(
    ("role", "path"), [("provider", "/device"), ("provider", "/oauth2/authorize"), ("provider", "/api/me"), ("consumer", "/profile")]
)
def test_a_resource_has_one_address(served, role, path):
    """Pando would show a simplate under other extensions, with path parameters, and behind more slashes, and redirect from some of them."""
    assert raw(served[role], "GET", path.encode()).status != 404
    for other in (f"{path}.html", f"{path}.json", f"{path}.spt", f"{path}/", f"{path};x=1", f"/{path}"):
        answer = raw(served[role], "GET", other.encode())
        assert (404, True) == (answer.status, "content-security-policy" in answer.headers), other


def test_a_path_is_decoded_once(served):
    """The server decodes a path, and Pando would do so again: `%2564` stands for `%64`, not for `d`."""
    assert 302 == raw(served["provider"], "GET", b"/%64evice").status
    assert 404 == raw(served["provider"], "GET", b"/%2564evice").status


@pytest.mark.parametrize("role", ROLES)
def test_the_cookie_of_another_application_signs_nobody_out(served, role):
    """The session is found beside a cookie that Python's `http.cookies` cannot read."""
    path = b"/login" if role == "provider" else b"/"
    session = raw(served[role], "GET", path).headers["set-cookie"].partition(";")[0]
    answer = raw(served[role], "GET", path, {"Cookie": f'theme={{"dark": true}}; {session}; other=a=b'})
    assert (200, False) == (answer.status, "set-cookie" in answer.headers)


@pytest.mark.parametrize("role", ROLES)
def test_a_forged_session_is_none(served, role):
    """A cookie that another key has signed, and one that somebody has altered, are as good as none: the visitor gets a new session."""
    path = b"/login" if role == "provider" else b"/"
    name, _, value = raw(served[role], "GET", path).headers["set-cookie"].partition(";")[0].partition("=")
    for forged in ("", "e30.aa.bb", f"{value}x", f"x{value}"):
        assert "set-cookie" in raw(served[role], "GET", path, {"Cookie": f"{name}={forged}"}).headers


def chunked(url, path, body):
    """Send a form in chunks, say that this was all, and return what comes back."""
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    with socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])), timeout=10) as connection:
        connection.sendall(head.encode() + b"Transfer-Encoding: chunked\r\n\r\n" + body)
        connection.shutdown(socket.SHUT_WR)
        return connection.makefile("rb").read()


def test_a_chunked_body_arrives_whole(served):
    """Pando reads as many bytes as `Content-Length` says, which is none here (RFC 9112 §7.1)."""
    answer = chunked(served["provider"], "/oauth2/token", b"6\r\ngrant_\r\na\r\ntype=other\r\n0\r\n\r\n")
    assert b"unsupported_grant_type" in answer


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("body", [b"ZZ\r\nabc\r\n0\r\n\r\n", b"FFFF\r\nabc"])
def test_a_body_that_is_not_as_long_as_announced_is_400(served, role, body):
    """Neither a chunk without a length nor one that ends too early is a crash, and the page is as safe as each."""
    answer = chunked(served[role], "/oauth2/token" if role == "provider" else "/logout", body)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"frame-ancestors 'none'" in answer


def test_too_much_is_told_to_each_in_its_words(served):
    """A machine reads JSON, a person a page."""
    body = b"x" * (1024 * 1024 + 1)
    for path in (b"/oauth2/token", b"/api/notes"):
        answer = raw(served["provider"], "POST", path, {}, body)
        assert (413, "invalid_request") == (answer.status, json.loads(answer.body)["error"])
    assert "text/html; charset=utf-8" == raw(served["provider"], "POST", b"/login", {}, body).headers["content-type"]
