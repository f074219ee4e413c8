"""What Pando makes of a request, and what the examples let it make."""

import json
import socket
import time
from contextlib import ExitStack

import pytest

from tests.driving import seed
from tests.driving.raw import raw
from tests.driving.serving import Server

ROLES = ("provider", "consumer")


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """Serve both roles, and return their URLs. At the end, neither has logged a traceback."""
    folder = tmp_path_factory.mktemp("aspen")
    providers = folder / "providers.toml"
    providers.write_text(seed.providers("http://127.0.0.1:9"))
    servers = {
        "provider": Server("aspen", "provider", folder),
        "consumer": Server("aspen", "consumer", folder, providers=str(providers)),
    }
    try:
        yield {role: server.start().url for role, server in servers.items()}
    finally:
        statuses = [server.stop() for server in servers.values()]
    assert [0, 0] == statuses
    assert not [
        role
        for role, server in servers.items()
        if "Traceback" in server.log.read_text()
    ]


@pytest.mark.parametrize(
    ("role", "path"),
    [
        ("provider", "/device"),
        ("provider", "/oauth2/authorize"),
        ("provider", "/api/me"),
        ("consumer", "/profile"),
    ],
)
def test_a_resource_has_one_address(served, role, path):
    """Pando would show a simplate under other extensions, with path parameters, and behind more slashes, and redirect from some of them."""
    assert raw(served[role], "GET", path.encode()).status != 404
    for other in (
        f"{path}.html",
        f"{path}.json",
        f"{path}.spt",
        f"{path}/",
        f"{path};x=1",
        f"/{path}",
    ):
        answer = raw(served[role], "GET", other.encode())
        assert (404, True) == (
            answer.status,
            "content-security-policy" in answer.headers,
        ), other


def test_a_path_is_decoded_once(served):
    """The server decodes a path, and Pando would do so again: `%2564` stands for `%64`, not for `d`."""
    assert 302 == raw(served["provider"], "GET", b"/%64evice").status
    assert 404 == raw(served["provider"], "GET", b"/%2564evice").status


@pytest.mark.parametrize("role", ROLES)
def test_the_cookie_of_another_application_signs_nobody_out(served, role):
    """The session is found beside a cookie that Python's `http.cookies` cannot read."""
    path = b"/login" if role == "provider" else b"/"
    session = raw(served[role], "GET", path).headers["set-cookie"].partition(";")[0]
    answer = raw(
        served[role],
        "GET",
        path,
        {"Cookie": f'theme={{"dark": true}}; {session}; other=a=b'},
    )
    assert (200, False) == (answer.status, "set-cookie" in answer.headers)


@pytest.mark.parametrize("role", ROLES)
def test_a_forged_session_is_none(served, role):
    """A cookie that another key has signed, and one that somebody has altered, are as good as none: the visitor gets a new session."""
    path = b"/login" if role == "provider" else b"/"
    name, _, value = (
        raw(served[role], "GET", path)
        .headers["set-cookie"]
        .partition(";")[0]
        .partition("=")
    )
    for forged in ("", "e30.aa.bb", f"{value}x", f"x{value}"):
        assert (
            "set-cookie"
            in raw(served[role], "GET", path, {"Cookie": f"{name}={forged}"}).headers
        )


def connected(url):
    return socket.create_connection(
        ("127.0.0.1", int(url.rpartition(":")[2])), timeout=10
    )


def chunked(url, path, body):
    """Send a form in chunks, say that this was all, and return what comes back."""
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    with connected(url) as connection:
        connection.sendall(head.encode() + b"Transfer-Encoding: chunked\r\n\r\n" + body)
        connection.shutdown(socket.SHUT_WR)
        return connection.makefile("rb").read()


def test_a_chunked_body_arrives_whole(served):
    """Pando reads as many bytes as `Content-Length` says, which is none here (RFC 9112 §7.1)."""
    answer = chunked(
        served["provider"],
        "/oauth2/token",
        b"6\r\ngrant_\r\na\r\ntype=other\r\n0\r\n\r\n",
    )
    assert b"unsupported_grant_type" in answer


@pytest.mark.parametrize("role", ROLES)
def test_a_chunk_without_a_length_is_400(served, role):
    """The server refuses it before Pando sees it."""
    answer = chunked(
        served[role],
        "/oauth2/token" if role == "provider" else "/logout",
        b"ZZ\r\nabc\r\n0\r\n\r\n",
    )
    assert answer.startswith(b"HTTP/1.1 400 ")


def test_half_sent_requests_do_not_stop_the_server(served):
    """The server reads a request without holding a thread."""
    with ExitStack() as stack:
        for head in (
            b"POST /oauth2/token HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\ngrant",
            b"GET /login HTTP/1.1\r\nHost:",
        ):
            for connection in [
                stack.enter_context(connected(served["provider"])) for _ in range(12)
            ]:
                connection.sendall(head)
        began = time.monotonic()
        assert 200 == raw(served["provider"], "GET", b"/healthz").status
        assert time.monotonic() - began < 5


def test_too_much_is_told_to_each_in_its_words(served):
    """A machine reads JSON, a person a page."""
    body = b"x" * (1024 * 1024 + 1)
    for path in (b"/oauth2/token", b"/api/notes"):
        answer = raw(served["provider"], "POST", path, {}, body)
        assert (413, "invalid_request") == (
            answer.status,
            json.loads(answer.body)["error"],
        )
    page = raw(served["provider"], "POST", b"/login", {"Accept": "text/html"}, body)
    assert (413, "text/html; charset=utf-8") == (
        page.status,
        page.headers["content-type"],
    )


def test_the_path_of_the_public_url_is_honoured(tmp_path):
    """In links, redirects, error pages and the cookie, whether or not a proxy strips it."""
    server = Server(
        "aspen",
        "provider",
        tmp_path,
        environ={"OAUTH_ISSUER": "http://127.0.0.1/tenant"},
    )
    try:
        url = server.start().url
        for before in ("", "/tenant"):
            form = raw(url, "GET", f"{before}/login".encode())
            assert (200, True) == (
                form.status,
                b"/tenant/static/style.css" in form.body,
            )
            assert "Path=/tenant;" in f"{form.headers['set-cookie']};"
            assert (
                "/tenant/login?next=%2Ftenant%2Faccount"
                == raw(url, "GET", f"{before}/account".encode()).headers["location"]
            )
            for path, status in (("/nothing", 404), ("/api/me", 401), ("/device", 302)):
                assert status == raw(url, "GET", f"{before}{path}".encode()).status
    finally:
        server.stop()
