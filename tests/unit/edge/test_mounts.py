"""The edge of an application: methods, bodies, the path of the public URL, and a store that is away."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import pytest

from shared_validator import pages
from shared_validator.edge import asgi, wsgi
from shared_validator.edge.mount import MAX_BODY_BYTES, Mount, current_request
from shared_validator.edge.routes import Endpoint
from shared_validator.http import BadRequest, Request, Response, json_response
from shared_validator.store import StoreUnavailable


@pytest.fixture(autouse=True)
def path_of_this_test_alone() -> Iterator[None]:
    """A mount sets the path of its public URL for the pages: no later test may see it."""
    before = pages.base_path.set("")
    yield
    pages.base_path.reset(before)


HTML = {"accept": "text/html,*/*;q=0.8"}


def echo(request: Request) -> Response:
    """Return what arrived."""
    return json_response({"method": request.method, "url": request.url, "body": request.body.decode("latin-1")})


def fail(error: Exception) -> Callable[[Request], Response]:
    """Return a handler that raises."""

    def handler(request: Request) -> Response:
        raise error

    return handler


PUBLISHED = json_response({"keys": []}, headers=[("Cache-Control", "public, max-age=300")])

ENDPOINTS = (
    Endpoint("echo", "/echo", ("GET", "HEAD", "POST"), echo),
    Endpoint("still", "/still", ("GET", "HEAD"), echo, blocking=False),
    Endpoint("published", "/published", ("GET", "HEAD"), lambda request: PUBLISHED, cross_origin=True),
    Endpoint("open", "/open", ("GET", "HEAD", "POST"), fail(BadRequest("no")), cross_origin=True),
    Endpoint("metadata", "/.well-known/metadata", ("GET", "HEAD"), echo, inserted=True),
    Endpoint("malformed", "/malformed", ("GET",), fail(BadRequest("it is not well formed"))),
    Endpoint("away", "/away", ("GET",), fail(StoreUnavailable("the store cannot be reached"))),
    Endpoint("crash", "/crash", ("GET",), fail(ZeroDivisionError("secret"))),
)


@dataclass
class Answer:
    """What came back, and what the application behind the mount saw."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    seen: dict[str, Any] = field(default_factory=dict)

    @property
    def json(self) -> dict[str, Any]:
        return json.loads(self.body)  # type: ignore[no-any-return]


Call = Callable[..., Answer]


def call_wsgi(
    method: str = "GET",
    path: str = "/",
    *,
    body: bytes | None = None,
    chunked: bool = False,
    url: str = "https://host.example",
    headers: dict[str, str] | None = None,
    script_name: str = "",
    length: str | None = None,
) -> Answer:
    """Send a request through a WSGI mount."""
    answer = Answer()

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        request = current_request(environ)
        form = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        answer.seen = {"url": request.url, "body": form, "root": environ["SCRIPT_NAME"], "path": environ["PATH_INFO"]}
        answer.seen["coding"] = environ.get("HTTP_TRANSFER_ENCODING")
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"behind"]

    path, _, query = path.partition("?")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": script_name,
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "HTTP_HOST": "host.example",
        "wsgi.url_scheme": "https",
        "wsgi.input": BytesIO(body or b""),
        **{f"HTTP_{name.upper().replace('-', '_')}": value for name, value in (headers or {}).items()},
    }
    if "HTTP_CONTENT_TYPE" in environ:
        environ["CONTENT_TYPE"] = environ.pop("HTTP_CONTENT_TYPE")
    if chunked:
        environ.setdefault("HTTP_TRANSFER_ENCODING", "chunked")
    elif body is not None or length is not None:
        environ["CONTENT_LENGTH"] = length or str(len(body or b""))

    def start_response(status: str, given: list[tuple[str, str]]) -> None:
        answer.status, answer.headers = int(status[:3]), {name.lower(): value for name, value in given}

    answer.body = b"".join(wsgi.WSGIMount(Mount(url, ENDPOINTS, also_posted=("/asked",)), application)(environ, start_response))
    return answer


def call_asgi(
    method: str = "GET",
    path: str = "/",
    *,
    body: bytes | None = None,
    chunked: bool = False,
    url: str = "https://host.example",
    headers: dict[str, str] | None = None,
    script_name: str = "",
    length: str | None = None,
    messages: list[dict[str, Any]] | None = None,
) -> Answer:
    """Send a request through an ASGI mount. Without a length, the body comes in two parts."""
    answer = Answer()
    whole = body or b""
    arriving = messages or [
        {"type": "http.request", "body": whole[:3], "more_body": True},
        {"type": "http.request", "body": whole[3:], "more_body": False},
    ]

    async def receive() -> dict[str, Any]:
        return arriving.pop(0) if arriving else {"type": "http.disconnect"}

    async def application(scope: Any, receive: Any, send: Any) -> None:
        request = current_request(scope)
        arrived = (await receive())["body"]
        root = scope["root_path"]
        answer.seen = {"url": request.url, "body": arrived, "root": root, "path": scope["path"][len(root) :]}
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"behind"})

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            answer.status = message["status"]
            answer.headers = {name.decode(): value.decode() for name, value in message["headers"]}
        else:
            answer.body += message["body"]

    path, _, query = path.partition("?")
    sent = {"host": "host.example", **(headers or {})}
    if body is not None and not chunked:
        sent["content-length"] = length or str(len(whole))
    scope = {
        "type": "http",
        "method": method,
        "scheme": "https",
        "path": script_name + path,
        "raw_path": (script_name + path).encode(),
        "root_path": script_name,
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in sent.items()],
    }
    asyncio.run(asgi.ASGIMount(Mount(url, ENDPOINTS, also_posted=("/asked",)), application)(scope, receive, send))
    return answer


@pytest.fixture(params=[call_wsgi, call_asgi], ids=["wsgi", "asgi"])
def call(request: pytest.FixtureRequest) -> Call:
    """Send a request through each kind of mount."""
    return request.param  # type: ignore[no-any-return]


@pytest.mark.parametrize("path", ["/echo", "/still"])
def test_an_endpoint_is_answered_and_the_application_never_asked(call: Call, path: str) -> None:
    """What only machines call needs none of the application's middleware."""
    answer = call("GET", f"{path}?a=%7e+b")
    assert {"method": "GET", "url": f"https://host.example{path}?a=%7e+b", "body": ""} == answer.json
    assert ({}, str(len(answer.body))) == (answer.seen, answer.headers["content-length"])


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize("method", ["POST", "GET"])
def test_a_body_arrives_however_it_is_framed(call: Call, method: str, chunked: bool) -> None:
    """RFC 9112 §6.3: with a length or chunked, of a POST or of a GET, for an endpoint and for the application."""
    sent = bytes(range(256))
    assert sent.decode("latin-1") == call(method, "/echo", body=sent, chunked=chunked).json["body"]
    assert sent == call(method, "/page", body=sent, chunked=chunked).seen["body"]


FORM_TYPE = {"content-type": "application/x-www-form-urlencoded"}


@pytest.mark.fault(17)
@pytest.mark.parametrize(
    ("path", "body", "location"),
    [
        ("/asked", b"client_id=web&state=%26%C3%A9+b", "/asked?client_id=web&state=%26%C3%A9+b"),
        ("/asked?client_id=web", b"state=a&state=b", "/asked?client_id=web&state=a&state=b"),
        ("/asked", b"", "/asked"),
    ],
)
def test_a_request_by_post_goes_on_by_get(call: Call, path: str, body: bytes, location: str) -> None:
    """OpenID Connect Core §3.1.2.1: another site's form is the same request as its link, in every framework."""
    answer = call("POST", path, body=body, headers=FORM_TYPE)

    assert (303, location, {}) == (answer.status, answer.headers["location"], answer.seen)


@pytest.mark.fault(17)
def test_a_request_by_post_goes_on_below_the_public_path(call: Call) -> None:
    """The redirect leads to the public URL, whether or not a proxy strips its path."""
    for path in ("/asked", "/tenant/asked"):
        answer = call("POST", path, body=b"a=b", url="https://host.example/tenant", headers=FORM_TYPE)
        assert (303, "/tenant/asked?a=b") == (answer.status, answer.headers["location"])


@pytest.mark.fault(17)
@pytest.mark.parametrize(
    ("path", "body", "headers"),
    [
        ("/asked", b"decision=allow", FORM_TYPE),
        ("/asked", b"csrf_token=", FORM_TYPE),
        ("/asked", b"csrfmiddlewaretoken=x", FORM_TYPE),
        ("/asked", b"{}", {"content-type": "application/json"}),
        ("/asked", b"a=b", {}),
        ("/page", b"a=b", FORM_TYPE),
    ],
)
def test_any_other_post_meets_the_csrf_check(call: Call, path: str, body: bytes, headers: dict[str, str]) -> None:
    """Only a POST that decides nothing is let through: the application sees all others."""
    assert body == call("POST", path, body=body, headers=headers).seen["body"]


@pytest.mark.fault(17)
@pytest.mark.parametrize(("body", "status"), [(b"a=%ff", 400), (b"a=%00", 400), (b"a=" + b"x" * 8000, 413)])
def test_a_request_by_post_that_no_url_can_hold_is_refused(call: Call, body: bytes, status: int) -> None:
    """RFC 9110 §4.1, §15.5.14: a form that is not UTF-8 or is too long gets a page."""
    answer = call("POST", "/asked", body=body, headers=FORM_TYPE)

    assert (status, {}) == (answer.status, answer.seen)


@pytest.mark.fault(40)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("condition", ["{}", "W/{}", '"other", {}', "*"])
def test_a_cache_that_has_what_is_published_gets_no_body(call: Call, method: str, condition: str) -> None:
    """RFC 9110 §13.1.2, §15.4.5: 304 with what a cache updates, and readable by a script of any origin."""
    tag = call(method, "/published").headers["etag"]
    answer = call(method, "/published", headers={"if-none-match": condition.format(tag)})
    assert (304, b"", tag, "public, max-age=300") == (answer.status, answer.body, answer.headers["etag"], answer.headers["cache-control"])
    assert "*" == answer.headers["access-control-allow-origin"]
    assert not {"content-type", "content-length"} & answer.headers.keys()


@pytest.mark.fault(40)
@pytest.mark.parametrize("condition", ["", '"other"', "nonsense"])
def test_another_cache_gets_what_is_published(call: Call, condition: str) -> None:
    """RFC 9110 §13.1.2: a condition that no tag meets is none."""
    answer = call("GET", "/published", headers={"if-none-match": condition})
    assert (200, PUBLISHED.body) == (answer.status, answer.body)


@pytest.mark.fault(40)
def test_what_is_not_published_has_no_tag(call: Call) -> None:
    """A tag of a private answer would say that two of them are the same."""
    answer = call("GET", "/echo", headers={"if-none-match": "*"})
    assert (200, False) == (answer.status, "etag" in answer.headers)


def test_the_name_of_a_coding_may_have_capitals(call: Call) -> None:
    """RFC 9112 §7: transfer codings are named without regard to case."""
    assert "abc" == call("POST", "/echo", body=b"abc", chunked=True, headers={"transfer-encoding": "Chunked"}).json["body"]


def test_a_body_that_was_read_is_no_longer_chunked() -> None:
    """RFC 9112 §6.3: a coding would go before the length, and a framework might look for chunks that are not there."""
    assert (b"abc", None) == ((seen := call_wsgi("POST", "/page", body=b"abc", chunked=True).seen)["body"], seen["coding"])


def test_an_absent_body_is_an_empty_one(call: Call) -> None:
    """RFC 9112 §6.3: a POST without Content-Length has no body; that is no error."""
    assert (200, "") == ((answer := call("POST", "/echo")).status, answer.json["body"])
    assert b"" == call("POST", "/page").seen["body"]


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize("path", ["/echo", "/page"])
def test_a_body_that_is_too_long_is_a_clean_413(call: Call, path: str, chunked: bool) -> None:
    """A machine reads JSON, a person a page; nothing behind the mount sees such a body."""
    answer = call("POST", path, body=b"x" * (MAX_BODY_BYTES + 1), chunked=chunked)
    assert (413, "invalid_request", {}) == (answer.status, answer.json["error"], answer.seen)
    page = call("POST", "/page", body=b"x" * (MAX_BODY_BYTES + 1), chunked=chunked, headers=HTML)
    assert (413, "text/html; charset=utf-8") == (page.status, page.headers["content-type"])
    assert 200 == call("POST", path, body=b"x" * MAX_BODY_BYTES, chunked=chunked).status


def test_a_body_that_is_too_long_is_not_read_to_its_end() -> None:
    """A body without a length takes no more memory than the longest that is accepted."""
    sent = [{"type": "http.request", "body": b"x" * MAX_BODY_BYTES, "more_body": True} for _ in range(4)]
    assert 413 == call_asgi("POST", "/page", body=b"", chunked=True, messages=sent).status
    assert 2 == len(sent)


@pytest.mark.parametrize("length", ["nonsense", "-1", "1e3", "²"])
def test_a_length_that_is_no_number_is_refused(call: Call, length: str) -> None:
    """Servers refuse it too, but an application must not crash behind one that does not."""
    assert 400 == call("POST", "/echo", body=b"x", length=length).status


def test_a_body_that_ends_early_is_refused() -> None:
    """The client hung up, or lied; what is there is not what it meant."""
    assert 400 == call_wsgi("POST", "/echo", body=b"abc", length="4").status


def test_a_client_that_hangs_up_gets_no_answer() -> None:
    """Nobody reads one, and nothing is logged."""
    gone = [{"type": "http.request", "body": b"a", "more_body": True}, {"type": "http.disconnect"}]
    answer = call_asgi("POST", "/page", body=b"abc", messages=gone)
    assert (0, {}) == (answer.status, answer.seen)


def test_a_body_that_never_ends_is_408(monkeypatch: pytest.MonkeyPatch) -> None:
    """RFC 9110 §15.5.9: a client has a limited time to send its body."""
    monkeypatch.setattr(asgi, "BODY_SECONDS", 0.01)

    async def wait(*_: object) -> Any:
        await asyncio.sleep(60)

    monkeypatch.setattr(asgi, "_read", wait)
    assert 408 == call_asgi("POST", "/page", body=b"abc").status


@pytest.mark.parametrize("method", ["DELETE", "PUT", "OPTIONS", "FOO"])
def test_another_method_is_405_and_says_which_there_are(call: Call, method: str) -> None:
    """RFC 9110 §15.5.6."""
    answer = call(method, "/echo")
    assert (405, "GET, HEAD, POST", "invalid_request") == (answer.status, answer.headers["allow"], answer.json["error"])


def test_head_has_the_headers_of_get_and_no_body(call: Call) -> None:
    """RFC 9110 §9.3.2."""
    assert (200, b"") == ((answer := call("HEAD", "/echo")).status, answer.body)
    assert int(answer.headers["content-length"]) > 0


@pytest.mark.parametrize(("method", "body"), [("GET", b"page"), ("HEAD", b"")])
def test_the_body_of_an_answer_to_head_is_dropped(method: str, body: bytes) -> None:
    """The application may answer only once its first part is asked for, and is closed in any case."""
    closed, headers = [], []

    class Parts:
        def __init__(self, start_response: Callable[..., Any]) -> None:
            self._start_response = start_response

        def __iter__(self) -> Iterator[bytes]:
            self._start_response("200 OK", [("Content-Length", "4")])
            yield b"page"

        def close(self) -> None:
            closed.append(True)

    environ = {"REQUEST_METHOD": method, "wsgi.url_scheme": "https", "HTTP_HOST": "host.example", "PATH_INFO": "/page"}
    application = wsgi.WSGIMount(Mount("https://host.example", ENDPOINTS), lambda _environ, start: Parts(start))
    parts: Any = application(dict(environ), lambda status, given: headers.extend(given))
    assert (body, [("Content-Length", "4")]) == (b"".join(parts), headers)
    if method == "GET":
        parts.close()  # a server does
    assert [True] == closed


def test_what_is_malformed_is_400_with_the_reason(call: Call) -> None:
    """RFC 6749 §5.2."""
    answer = call("GET", "/malformed")
    assert (400, {"error": "invalid_request", "error_description": "it is not well formed"}) == (answer.status, answer.json)


def test_a_store_that_is_away_is_503_with_retry_after(call: Call) -> None:
    """RFC 6749 §4.1.2.1 has the code, RFC 9110 §15.6.4 the header."""
    answer = call("GET", "/away")
    assert (503, "temporarily_unavailable") == (answer.status, answer.json["error"])
    assert int(answer.headers["retry-after"]) > 0


def test_a_crash_is_logged_and_tells_nothing(call: Call, caplog: pytest.LogCaptureFixture) -> None:
    """No stack trace and no message of an exception leaves the process."""
    answer = call("GET", "/crash")
    assert (500, "server_error") == (answer.status, answer.json["error"])
    assert b"secret" not in answer.body
    assert "ZeroDivisionError" in caplog.text


def test_every_answer_of_a_cross_origin_endpoint_can_be_read(call: Call) -> None:
    """Fetch Standard §3.2: a script sees the error too, whoever noticed it; a preflight asks nobody who they are."""
    for answer in (
        call("GET", "/open"),
        call("DELETE", "/open"),
        call("POST", "/open", body=b"x" * (MAX_BODY_BYTES + 1)),
    ):
        assert "*" == answer.headers["access-control-allow-origin"]
    asked = call("OPTIONS", "/open")
    assert (204, "GET, HEAD, POST") == (asked.status, asked.headers["access-control-allow-methods"])
    assert "access-control-allow-origin" not in call("GET", "/echo").headers


TENANT = "https://host.example/tenant/a"


@pytest.mark.parametrize("stripped", [True, False])
def test_a_public_url_with_a_path_is_honoured_whatever_a_proxy_does(call: Call, stripped: bool) -> None:
    """A proxy may strip the path or keep it; links, and what OAuth 1.0a signs, are the same."""
    before = "" if stripped else "/tenant/a"
    assert f"{TENANT}/echo?b" == call("GET", f"{before}/echo?b", url=TENANT).json["url"]
    seen = call("GET", f"{before}/page/x", url=TENANT).seen
    assert (f"{TENANT}/page/x", "/tenant/a", "/page/x") == (seen["url"], seen["root"], seen["path"])


def test_a_server_that_mounts_below_a_path_is_understood(call: Call) -> None:
    """``SCRIPT_NAME`` and ``root_path`` say what is stripped already."""
    seen = call("GET", "/page", url=TENANT, script_name="/tenant/a").seen
    assert (f"{TENANT}/page", "/tenant/a", "/page") == (seen["url"], seen["root"], seen["path"])


def test_well_known_addresses_are_where_the_standards_put_them(call: Call) -> None:
    """RFC 8414 §3.1 and RFC 9728 §3.1 put the suffix before the path, Discovery §4 after it."""
    inserted = "/.well-known/metadata/tenant/a"
    assert f"https://host.example{inserted}" == call("GET", inserted, url=TENANT).json["url"]
    assert f"{TENANT}/.well-known/metadata" == call("GET", "/tenant/a/.well-known/metadata", url=TENANT).json["url"]


def test_a_longer_name_is_not_below_the_path(call: Call) -> None:
    """``/tenant/ab`` is another path than ``/tenant/a``."""
    assert "/tenant/ab/x" == call("GET", "/tenant/ab/x", url=TENANT).seen["path"]
