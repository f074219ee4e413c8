"""Malformed requests on every route: a 4xx, never a 5xx, and the server goes on."""

from __future__ import annotations

import itertools
import json

import pytest

from frameworks.contract import routes
from tests.driving.browser import Browser, send
from tests.driving.provider import Provider, basic
from tests.driving.raw import Answer, raw
from tests.driving.seed import WEB

pytestmark = pytest.mark.tier("core")

ROUTES = [route for route in routes("provider") if route[0] in ("GET", "POST")]
ITS_OWN = ("/oauth2/authorize", "/oauth1/authorize", "/device", "/login", "/api/")
OF_THE_EXAMPLE = [route for route in ROUTES if route[1].startswith(ITS_OWN)]
SHARED = [route for route in ROUTES if route not in OF_THE_EXAMPLE]
FORM = "application/x-www-form-urlencoded"
BASIC = basic(WEB)["Authorization"]

QUERIES: dict[str, bytes] = {
    "invalid UTF-8": b"?client_id=%ff%fe&oauth_token=%ff&user_code=%ff&next=%ff&id_token_hint=%ff",
    "overlong UTF-8": b"?client_id=%c0%af&oauth_token=%c0%af&user_code=%c0%af&next=%c0%af",
    "surrogates": b"?client_id=%ed%a0%80&oauth_token=%ed%a0%80&user_code=%ed%a0%80&next=%ed%a0%80",
    "NUL": b"?client_id=%00&oauth_token=%00&user_code=%00&next=%00&redirect_uri=%00",
    "raw bytes": b"?client_id=\xff\xfe&oauth_token=\xff&user_code=\xff&next=\xff",
    "half an escape": b"?client_id=%&oauth_token=%z&user_code=%1&next=%",
    "repeated": b"?client_id=a&client_id=b&oauth_token=a&oauth_token=b&user_code=a&user_code=b&next=a&next=b",
    "many": b"?" + b"&".join(b"a%d=%d" % (number, number) for number in range(1000)),
    "long": b"?client_id=" + b"x" * 6000 + b"&oauth_token=x&user_code=" + b"y" * 1000,
    "semicolons": b"?client_id=a;redirect_uri=b;oauth_token=c",
    "nothing": b"?",
    "only signs": b"?&&&===&=&%20=%20",
    "line breaks": b"?client_id=a%0d%0aSet-Cookie:%20x=y&next=/%0d%0aX-Injected:%201&state=%0d%0aX-Injected:%201",
    "brackets": b"?client_id[]=a&client_id[x]=b&redirect_uri=http://[::1",
}

BODIES: dict[str, tuple[dict[str, str | bytes], bytes]] = {
    "nothing": ({"Content-Type": FORM}, b""),
    "no type": ({}, b"grant_type=client_credentials"),
    "JSON": ({"Content-Type": "application/json"}, json.dumps({"grant_type": "client_credentials", "token": "x", "text": None}).encode()),
    "broken JSON": ({"Content-Type": "application/json"}, b"{"),
    "deep JSON": ({"Content-Type": "application/json"}, b"[" * 50_000),
    "JSON as a form": ({"Content-Type": FORM}, b'{"grant_type": "client_credentials"}'),
    "text": ({"Content-Type": "text/plain"}, b"grant_type=client_credentials"),
    "XML": ({"Content-Type": "text/xml"}, b"<!DOCTYPE x [<!ENTITY y SYSTEM 'file:///etc/passwd'>]><x>&y;</x>"),
    "broken multipart": (
        {"Content-Type": "multipart/form-data; boundary=x"},
        b"--x\r\nContent-Disposition: form-data; name=grant_type\r\n\r\n",
    ),
    "multipart without boundary": ({"Content-Type": "multipart/form-data"}, b"--x\r\n\r\n"),
    "multipart": (
        {"Content-Type": "multipart/form-data; boundary=x"},
        b'--x\r\nContent-Disposition: form-data; name="token"\r\n\r\na\r\n--x--\r\n',
    ),
    "two types": ({"Content-Type": f"{FORM}, application/json"}, b"grant_type=client_credentials"),
    "a strange charset": ({"Content-Type": f"{FORM}; charset=utf-7"}, b"grant_type=+ADw-&token=x"),
    "an unknown charset": ({"Content-Type": f"{FORM}; charset=nonsense"}, b"grant_type=x&token=x"),
    "invalid UTF-8": ({"Content-Type": FORM}, b"grant_type=%ff&token=%ff&user_code=%ff&username=%ff&password=%ff&text=%ff"),
    "raw bytes": ({"Content-Type": FORM}, b"grant_type=\xff\xfe&token=\xff&user_code=\xff&username=\xff&text=\xff"),
    "NUL": ({"Content-Type": FORM}, b"grant_type=%00&token=%00&user_code=%00&username=%00&password=%00&client_id=%00&text=%00"),
    "raw NUL": ({"Content-Type": FORM}, b"\x00\x00\x00=\x00"),
    "repeated": (
        {"Content-Type": FORM},
        b"grant_type=a&grant_type=b&token=a&token=b&user_code=a&user_code=b&username=a&username=b&text=a&text=b",
    ),
    "many": ({"Content-Type": FORM}, b"&".join(b"a%d=%d" % (number, number) for number in range(20_000))),
    "long": ({"Content-Type": FORM}, b"grant_type=" + b"x" * 500_000),
    "a long name": ({"Content-Type": FORM}, b"x" * 500_000 + b"=y"),
    "compressed": ({"Content-Type": FORM, "Content-Encoding": "gzip"}, b"\x1f\x8b\x08\x00nonsense"),
    "wrong credentials": ({"Content-Type": FORM, "Authorization": "Basic \xff\xfe"}, b"grant_type=client_credentials"),
    "credentials in raw bytes": ({"Content-Type": FORM, "Authorization": b"Basic \xff\xfe\x01"}, b"grant_type=client_credentials"),
    "OAuth without parameters": ({"Content-Type": FORM, "Authorization": "OAuth"}, b""),
    "OAuth with nonsense": ({"Content-Type": FORM, "Authorization": 'OAuth realm="x", oauth_nonce="%ff", oauth_nonce=, ,,="'}, b""),
    "a bearer in raw bytes": ({"Content-Type": FORM, "Authorization": b"Bearer \xff\xfe"}, b"text=x"),
    "a long bearer": ({"Content-Type": FORM, "Authorization": "Bearer " + "x" * 20_000}, b"text=x"),
    "cookies in raw bytes": ({"Content-Type": FORM, "Cookie": b"provider_session=\xff\xfe; =; ;;"}, b""),
}

# What is answered below 400 although the request holds nonsense: pages and metadata to which it means nothing, and the way to /login.
# What another site posts is the same request by GET (OpenID Connect Core §3.1.2.1, RP-Initiated Logout §2).
ALSO_POSTED = ("/oauth2/authorize", "/oauth2/logout")

UNMOVED = ("/healthz", "/static/style.css", "/.well-known/", "/login", "/logout", "/oauth2/logout", "/account", "/device")


def _is_asked_by_get(answer: Answer, method: str, path: str) -> bool:
    target = answer.headers.get("location", "").partition("?")[0]
    return method == "POST" and path in ALSO_POSTED and (303, path) == (answer.status, target)


def _send_query(provider: Provider, method: str, path: str, query: bytes) -> None:
    """Check that no query makes a route fail with a 5xx or a stack trace, and that none is echoed into a header."""
    answer = raw(provider.url, method, path.encode() + query, {"Content-Type": FORM} if method == "POST" else {})
    below = 200 if path.startswith(UNMOVED) or _is_asked_by_get(answer, method, path) else 400
    assert below <= answer.status < 500, answer
    assert not {"x-injected", "set-cookie: x"} & set(answer.headers)
    assert b"Traceback" not in answer.body


def _send_body(provider: Provider, method: str, path: str, headers: dict[str, str | bytes], body: bytes) -> None:
    """Check that nothing makes a route fail with a 5xx or a stack trace, and that what needs a client or a token is refused."""
    answer = raw(provider.url, method, path.encode(), headers, body)
    unmoved = (method == "GET" and path.startswith(UNMOVED)) or _is_asked_by_get(answer, method, path)
    assert (200 if unmoved else 400) <= answer.status < 500, answer
    assert b"Traceback" not in answer.body


@pytest.mark.parametrize(("method", "path"), SHARED)
@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES)
def test_a_malformed_query_is_4xx(provider: Provider, method: str, path: str, query: bytes) -> None:
    """On each route that the shared code answers."""
    _send_query(provider, method, path, query)


@pytest.mark.parametrize(("method", "path"), SHARED)
@pytest.mark.parametrize(("headers", "body"), BODIES.values(), ids=BODIES)
def test_a_malformed_body_is_4xx(provider: Provider, method: str, path: str, headers: dict[str, str | bytes], body: bytes) -> None:
    """On each route that the shared code answers."""
    _send_body(provider, method, path, headers, body)


@pytest.mark.tier("conformance")
@pytest.mark.parametrize(("method", "path"), OF_THE_EXAMPLE)
@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES)
def test_a_malformed_query_is_4xx_in_the_example(provider: Provider, method: str, path: str, query: bytes) -> None:
    """On each route that the example answers."""
    _send_query(provider, method, path, query)


@pytest.mark.tier("conformance")
@pytest.mark.parametrize(("method", "path"), OF_THE_EXAMPLE)
@pytest.mark.parametrize(("headers", "body"), BODIES.values(), ids=BODIES)
def test_a_malformed_body_is_4xx_in_the_example(
    provider: Provider, method: str, path: str, headers: dict[str, str | bytes], body: bytes
) -> None:
    """On each route that the example answers."""
    _send_body(provider, method, path, headers, body)


@pytest.mark.parametrize("path", ["/oauth2/token", "/oauth2/revoke", "/oauth2/introspect", "/oauth2/device_authorization"])
@pytest.mark.parametrize(
    "kind", [kind for kind in BODIES if not {"Authorization", "Cookie"} & set(BODIES[kind][0]) and kind not in ("long", "a long name")]
)
def test_rfc6749_5_2_a_malformed_request_of_a_known_client_has_the_error_of_the_rfc(provider: Provider, path: str, kind: str) -> None:
    """With good credentials, what is malformed is 400 with an error code of RFC 6749 §5.2, in JSON."""
    headers, body = BODIES[kind]
    answer = raw(provider.url, "POST", path.encode(), {**headers, "Authorization": BASIC}, body)
    if path == "/oauth2/revoke" and answer.status == 200:
        assert kind in ("a strange charset", "an unknown charset")
        return
    if path == "/oauth2/introspect" and answer.status == 200:
        assert b'{"active": false}' == answer.body
        return
    assert 400 == answer.status, answer
    error = json.loads(answer.body)["error"]
    assert error in ("invalid_request", "unsupported_grant_type", "unauthorized_client", "invalid_scope", "invalid_grant"), error


@pytest.mark.parametrize(
    ("path", "fields"), [("/oauth2/token", b"grant_type=refresh_token&refresh_token="), ("/oauth2/introspect", b"token=")]
)
def test_rfc6749_appendix_b_what_is_no_utf_8_is_invalid_request(provider: Provider, path: str, fields: bytes) -> None:
    """Invalid percent-encodings, raw bytes and NULs in a parameter are ``invalid_request``."""
    for value in (b"%ff", b"\xff", b"%00", b"\x00", b"%ed%a0%80", b"%c0%80"):
        answer = raw(provider.url, "POST", path.encode(), {"Content-Type": FORM, "Authorization": BASIC}, fields + value)
        assert (400, "invalid_request") == (answer.status, json.loads(answer.body)["error"]), value


@pytest.mark.tier("conformance")
@pytest.mark.parametrize(("method", "path"), OF_THE_EXAMPLE)
def test_a_signed_in_visitor_can_send_nonsense_too(provider: Provider, alice: Browser, method: str, path: str) -> None:
    """With a session, no query or body of nonsense is a 5xx."""
    cookie = next(header for header in (alice.cookies[host] for host in alice.cookies) if header)["provider_session"]
    for query, (headers, body) in itertools.zip_longest(QUERIES.values(), list(BODIES.values())[:20], fillvalue=b""):  # type: ignore[misc]
        given: dict[str, str | bytes] = {"Cookie": f"provider_session={cookie}", **headers}
        answer = raw(provider.url, method, path.encode() + query, given, body if method == "POST" else b"")
        assert 200 <= answer.status < 500, (query, body, answer)


@pytest.mark.tier("conformance")
@pytest.mark.parametrize("method", ["FOO", "get", "CONNECT", "PROPFIND", "A" * 100, "PATCH"])
@pytest.mark.parametrize("path", ["/oauth2/token", "/login", "/api/me", "/healthz"])
def test_rfc9110_15_5_6_an_unknown_method_is_refused(provider: Provider, path: str, method: str) -> None:
    """A method that nobody knows is a 4xx or 501, as RFC 9110 §9.1 says, never a crash."""
    answer = raw(provider.url, method, path.encode(), body=b"x=y")
    assert 400 <= answer.status < 500 or answer.status == 501, answer


@pytest.mark.tier("conformance")
@pytest.mark.parametrize(
    ("target", "headers"),
    [
        (b"*", {}),
        (b"http://evil.example/login", {}),
        (b"//evil.example/login", {}),
        (b"/login%00", {}),
        (b"/login/%2e%2e/account", {}),
        (b"/%ff%fe", {}),
        (b"/\xff\xfe", {}),
        (b"/" + b"x" * 20_000, {}),
        (b"/login", {"Host": "x" * 5000}),
        (b"/login", {"Content-Length": "-1"}),
        (b"/login", {"Content-Length": "nonsense"}),
        (b"/login", {"Cookie": "x=" + "y" * 20_000}),
        (b"/login", {"Accept-Language": "x" * 5000 + ";q=nonsense"}),
        (b"/login", {"X-Forwarded-Proto": "nonsense", "X-Forwarded-Port": "99999999"}),
        (b"/oauth2/token", {"Transfer-Encoding": "nonsense"}),
    ],
)
def test_rfc9112_a_strange_request_line_or_header_is_no_crash(provider: Provider, target: bytes, headers: dict[str, str | bytes]) -> None:
    """The server answers, or closes the connection; it never shows a stack trace, and 501 only where RFC 9112 §6.1 asks for it."""
    answer = raw(provider.url, "GET", target, headers)
    assert answer.status < 500 or answer.status == 501, answer
    assert b"Traceback" not in answer.body
    assert "evil.example" not in answer.headers.get("location", "")


@pytest.mark.tier("conformance")
def test_the_server_is_healthy_after_all_of_this(provider: Provider, alice: Browser) -> None:
    """The last request of this file finds everything at work."""
    assert {"status": "ok"} == send("GET", f"{provider.url}/healthz").json()
    assert 200 == provider.api(provider.tokens(alice, WEB)["access_token"]).status_code
