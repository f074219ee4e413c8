"""What only the examples in CherryPy have: its server's way with bodies and headers, its logs."""

import json
import os
import socket
import time
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from urllib.parse import urlsplit

import psutil
import pytest

from frameworks.assembly import assemble
from frameworks.manifests import manifests
from frameworks.serve import free_port, serving, url_of
from tests.conformance.facts import is_json, is_page
from tests.driving.browser import Browser, Page, location, send

CHERRYPY = manifests()["cherrypy"]
ALICE = {
    "username": "alice",
    "password": "a-password-for-a-test",
    "name": "Alice",
    "email": "alice@example.com",
}
SETTINGS = {
    "OAUTH_SECRET_KEY": "A" * 43 + "=",
    "SESSION_SECRET": "a-session-secret-for-a-test-of-it",
}


@contextmanager
def served(folder, home=None, **environ):
    """Serve a provider that knows Alice, and hand over its URL."""
    seed = folder / "seed.json"
    seed.write_text(json.dumps({"users": [ALICE]}))
    port = free_port()
    options = {
        "database": f"sqlite:///{folder}/provider.sqlite",
        "seed": seed,
        "environ": os.environ | environ,
    }
    with (
        (folder / "log").open("ab") as log,
        serving(CHERRYPY, "provider", port, home=home, log=log, **options),
    ):
        yield url_of(port)


@pytest.fixture(scope="module")
def provider(tmp_path_factory):
    """Serve the provider as it is."""
    with served(tmp_path_factory.mktemp("provider")) as url:
        yield url


@pytest.fixture(scope="module")
def changed(tmp_path_factory):
    """Serve a copy of the provider with templates of its own, one of which fails."""
    folder = tmp_path_factory.mktemp("changed")
    assemble(CHERRYPY, "provider", folder / "provider")
    templates = folder / "provider" / "templates"
    templates.mkdir()
    (templates / "error.html").write_text(
        '{% extends "base.html" %}{% block title %}Our own: {{ title }}{% endblock %}'
    )
    (templates / "logout.html").write_text("{{ 1 // 0 }}")
    with served(folder, home=folder / "provider") as url:
        yield url, folder / "log"


def sign_in(url):
    """Sign Alice in, and return her browser."""
    browser = Browser()
    answer = browser.submit(
        browser.get(f"{url}/login"),
        username=ALICE["username"],
        password=ALICE["password"],
    )
    assert f"{url}/account" == location(answer)
    return browser


def session(browser):
    """Return the header with the browser's cookie."""
    (jar,) = browser.cookies.values()
    return {"Cookie": f"provider_session={jar['provider_session']}"}


@pytest.mark.parametrize("role", CHERRYPY.roles)
def test_the_server_listens_where_it_is_told(role, tmp_path):
    """On all addresses too, as in a container it has to."""
    host = "0.0.0.0"  # noqa: S104 - which is what is tested
    manifest = replace(CHERRYPY, server=("app.py", host, "{port}"))
    providers = tmp_path / "providers.toml"
    providers.write_text('[google]\npreset = "google"\nclient_id = "a-client"')
    port = free_port()
    with serving(
        manifest,
        role,
        port,
        database=f"sqlite:///{tmp_path}/{role}.sqlite",
        providers=providers,
    ) as process:
        listening = [
            found.laddr
            for found in psutil.Process(process.pid).net_connections()
            if found.status == psutil.CONN_LISTEN
        ]
        assert [(host, port)] == listening


@pytest.mark.parametrize("name", ["self", "scope", "provider", "vpath"])
def test_rfc6749_3_1_a_parameter_is_no_argument_of_a_handler(provider, name):
    """CherryPy would call the handler with it: a crash for one that is called `self`, 404 for one that is not expected."""
    is_page(send("GET", f"{provider}/login?{name}=1&{name}=2"))
    is_json(send("GET", f"{provider}/api/me?{name}=1"), 401)


@pytest.mark.parametrize(
    "name", ["User-Agent", "Content-Type", "Cookie", "Authorization"]
)
@pytest.mark.parametrize(
    "value",
    ["=?nonsense?q?a?=", "=?utf-8?q?a?= and more", "=?utf-8?b?a?=", "=?utf-8?q?=ff?="],
)
def test_a_header_that_looks_like_one_of_a_mail_changes_nothing(provider, name, value):
    """CherryPy would decode it as RFC 2047 says, and fail over it before any configuration is found."""
    is_page(send("GET", f"{provider}/login", headers={name: value}))


@pytest.mark.parametrize("other", ["a,b=c", 'theme={"dark": true}', "path=/", "a=b=c"])
def test_the_cookie_of_another_application_signs_nobody_out(provider, other):
    """CherryPy answers 400 to some names, and drops what follows what it cannot read."""
    own = session(sign_in(provider))["Cookie"]
    assert (
        200
        == send(
            "GET", f"{provider}/account", headers={"Cookie": f"{other}; {own}"}
        ).status_code
    )


def test_a_request_without_host_is_400_without_a_stack_trace(provider):
    """It too fails before any configuration is found (RFC 9112 §3.2)."""
    answer = exchange(provider, b"GET /login HTTP/1.1\r\nConnection: close\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"frame-ancestors 'none'" in answer
    assert b"Traceback" not in answer


def test_a_request_with_an_unreadable_host_is_400_without_a_stack_trace(provider):
    """CherryPy does not see this one either."""
    answer = exchange(
        provider, b"GET /login HTTP/1.1\r\nHost: =?x?q?a?=\r\nConnection: close\r\n\r\n"
    )
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"Traceback" not in answer


CHUNKED = (
    b"POST %s HTTP/1.1\r\nHost: provider.example\r\nTransfer-Encoding: chunked\r\n\r\n"
)
NEXT = b"\r\nGET /healthz HTTP/1.1\r\nHost: provider.example\r\n\r\n"


@pytest.mark.parametrize("path", [b"/oauth2/token", b"/login", b"/nothing"])
@pytest.mark.parametrize("chunk", [b"200000", b"nonsense", b"4\r\nabcdefgh"])
def test_rfc9110_15_5_14_what_is_left_of_a_body_is_not_the_next_request(
    provider, path, chunk
):
    """Chunks that are too long, or broken, get one answer, and the connection is closed: no second answer follows."""
    answer = exchange(provider, CHUNKED % path + chunk + NEXT)
    assert 1 == answer.count(b"HTTP/1.1 "), answer
    assert b'"ok"' not in answer


def connected(url):
    parts = urlsplit(url)
    return socket.create_connection((parts.hostname, parts.port), timeout=30)


def exchange(url, content):
    """Send bytes, and return all that comes until the server closes the connection."""
    with connected(url) as connection:
        connection.sendall(content)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def test_many_chunks_that_are_too_long_together_are_413(provider):
    """The server's limit on a declared length does not see them."""
    chunks = b"".join(b"1000\r\n%s\r\n" % (b"a" * 0x1000) for _ in range(257))
    assert exchange(provider, CHUNKED % b"/oauth2/token" + chunks).startswith(
        b"HTTP/1.1 413 "
    )


def test_a_session_that_was_ended_is_nobodys(provider):
    """The cookie only names a session in the store, so signing out ends it for a copy of the cookie too."""
    browser = sign_in(provider)
    copied = session(browser)
    assert 200 == send("GET", f"{provider}/account", headers=copied).status_code
    browser.submit(browser.get(f"{provider}/logout"))
    assert (
        "/login"
        == urlsplit(location(send("GET", f"{provider}/account", headers=copied))).path
    )


def test_a_session_outlives_a_restart_but_not_its_key(tmp_path):
    """Who is signed in stays signed in while `SESSION_SECRET` stays; with another one nobody is, and nothing crashes."""
    with served(tmp_path, **SETTINGS) as url:
        cookie = session(sign_in(url))
    with served(tmp_path, **SETTINGS) as url:
        assert 200 == send("GET", f"{url}/account", headers=cookie).status_code
    with served(
        tmp_path,
        **SETTINGS | {"SESSION_SECRET": "another-session-secret-for-a-test-of-it"},
    ) as url:
        assert (
            "/login"
            == urlsplit(location(send("GET", f"{url}/account", headers=cookie))).path
        )


def test_a_session_begins_with_something_to_keep(provider):
    """No other answer has a cookie: it would take the place of the visitor's own, which is not sent with another site's form."""
    for path in (
        "/healthz",
        "/static/style.css",
        "/api/me",
        "/nothing",
        "/login/",
        "/account",
        "/oauth2/authorize",
    ):
        assert "set-cookie" not in send("GET", f"{provider}{path}").headers
    for path in ("/login", "/logout", "/oauth2/authorize", "/nothing"):
        assert (
            "set-cookie"
            not in send("POST", f"{provider}{path}", data={"decision": "allow"}).headers
        )
    browser = Browser()
    assert "set-cookie" in browser.get(f"{provider}/login").headers
    assert "set-cookie" not in browser.get(f"{provider}/login").headers


def test_a_file_in_templates_takes_the_place_of_a_page(changed):
    """A page of the application's own extends those that stay as they are."""
    url, _log = changed
    missing = send("GET", f"{url}/nothing")
    is_page(missing, 404)
    assert "Our own: Not Found" in Page(missing).text
    is_page(send("GET", f"{url}/login"))


def test_mistake_7_the_log_of_a_crash_holds_no_credentials(changed):
    """The visitor gets a page that says nothing, the operator the stack trace: without cookies and headers, which CherryPy would add."""
    url, log = changed
    secret = {
        "Cookie": "provider_session=a-cookie-in-a-test",
        "Authorization": "Bearer a-token-in-a-test",
    }
    answer = send(
        "GET",
        f"{url}/logout?code=a-code-in-a-test",
        headers={**secret, "Referer": f"{url}/x?code=a-referred-code-in-a-test"},
    )
    is_page(answer, 500)
    assert "Our own: Internal Server Error" in Page(answer).text
    assert "ZeroDivisionError" not in answer.text
    logged = log.read_text()
    assert "ZeroDivisionError" in logged
    assert '"GET /logout HTTP/1.1" 500' in logged
    assert "in-a-test" not in logged


@pytest.mark.parametrize(
    "query",
    [
        'code="a-code-in-a-test',
        "code=\\a-code-in-a-test",
        "a=%0aa-code-in-a-test",
        "x?a-code-in-a-test",
    ],
)
def test_no_query_is_in_the_access_log(changed, query):
    """However it is written, what is after the question mark is cut off."""
    url, log = changed
    with connected(url) as connection:
        connection.sendall(
            f"GET /login?{query} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode()
        )
        assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")
    assert "a-code-in-a-test" not in log.read_text()


def test_half_sent_requests_do_not_stop_the_server(provider):
    """Each holds a thread until the server gives up on it; there are more threads, and not for long."""
    with ExitStack() as stack:
        for head in (
            b"POST /oauth2/token HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\ngrant",
            b"GET /login HTTP/1.1\r\nHost:",
        ):
            for connection in [
                stack.enter_context(connected(provider)) for _ in range(12)
            ]:
                connection.sendall(head)
        began = time.monotonic()
        assert 200 == send("GET", f"{provider}/healthz").status_code
        assert time.monotonic() - began < 5


def test_the_path_of_the_public_url_is_honoured(tmp_path):
    """In links, redirects, error pages and the cookie, whether or not a proxy strips it."""
    with served(tmp_path, OAUTH_ISSUER="http://127.0.0.1/tenant") as url:
        for before in ("", "/tenant"):
            form = send("GET", f"{url}{before}/login")
            is_page(form)
            assert "Path=/tenant;" in f"{form.headers['set-cookie']};"
            assert "/tenant/static/style.css" in form.text
            assert f"{url}/tenant/login?next=%2Ftenant%2Faccount" == location(
                send("GET", f"{url}{before}/account")
            )
            is_page(send("GET", f"{url}{before}/nothing"), 404)
            is_json(send("GET", f"{url}{before}/api/me"), 401)
