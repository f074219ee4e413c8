"""Requests and responses: raw bytes in, raw bytes out."""

from __future__ import annotations

import io
import json
from wsgiref.util import setup_testing_defaults

import pytest

from shared_validator.http import FORM, BadRequest, Request, json_error, json_response, redirect, single


def environ(**changes: str) -> dict[str, object]:
    made: dict[str, object] = {}
    setup_testing_defaults(made)
    return made | {"wsgi.input": io.BytesIO()} | changes


def test_the_url_is_the_one_that_travelled() -> None:
    """RFC 5849 §3.4.1.2 signs it: no decoding, no re-encoding."""
    for name in ("RAW_URI", "REQUEST_URI"):
        request = Request.from_wsgi(environ(**{name: "/a%7Eb/%2F?x=%C3%A9+1", "HTTP_HOST": "h:1"}), b"")
        assert "http://h:1/a%7Eb/%2F?x=%C3%A9+1" == request.url


def test_a_proxys_absolute_request_line_is_the_url() -> None:
    """RFC 9112 §3.2.2."""
    assert "http://h/x" == Request.from_wsgi(environ(RAW_URI="http://h/x"), b"").url


def test_where_the_server_keeps_no_raw_url_the_path_is_quoted_again() -> None:
    """PEP 3333 decodes the path."""
    request = Request.from_wsgi(environ(SCRIPT_NAME="/app", PATH_INFO="/caf\xc3\xa9 x", QUERY_STRING="a=%20"), b"")

    assert "http://127.0.0.1/app/caf%C3%A9%20x?a=%20" == request.url
    assert "/app/caf%C3%A9%20x" == request.path


def test_a_request_without_host_has_the_servers_name() -> None:
    """RFC 9112 §3.2: HTTP/1.0 needs no Host."""
    without = environ()
    del without["HTTP_HOST"]

    assert "http://127.0.0.1:80/" == Request.from_wsgi(without, b"").url


def test_headers_are_found_in_lower_case() -> None:
    """RFC 9110 §5.1."""
    request = Request.from_wsgi(environ(HTTP_X_Y="1", CONTENT_TYPE=FORM, CONTENT_LENGTH="", REMOTE_ADDR="10.0.0.1"), b"a=1")

    assert ("1", FORM) == (request.headers["x-y"], request.headers["content-type"])
    assert "content-length" not in request.headers
    assert {"host", "x-y", "content-type"} == set(request.headers)
    assert 3 == len(request.headers)
    assert "10.0.0.1" == request.remote_addr
    assert b"a=1" == request.body


def scope(**changes: object) -> dict[str, object]:
    made: dict[str, object] = {
        "type": "http",
        "method": "GET",
        "scheme": "http",
        "path": "/",
        "query_string": b"",
        "headers": [(b"host", b"h:1")],
        "client": ("10.0.0.1", 5),
        "server": ("127.0.0.1", 80),
    }
    return made | changes


def test_over_asgi_too_the_url_is_the_one_that_travelled() -> None:
    """RFC 5849 §3.4.1.2: ASGI decodes ``path``, and keeps what arrived in ``raw_path``."""
    request = Request.from_asgi(scope(path="/a~b//", raw_path=b"/a%7Eb/%2F", query_string=b"x=%C3%A9+1"), b"a=1")

    assert ("GET", "http://h:1/a%7Eb/%2F?x=%C3%A9+1", b"a=1") == (request.method, request.url, request.body)
    assert "10.0.0.1" == request.remote_addr


def test_where_an_asgi_server_keeps_no_raw_path_it_is_quoted_again() -> None:
    """ASGI makes ``raw_path``, ``server`` and ``client`` optional; HTTP/1.0 needs no Host."""
    request = Request.from_asgi(scope(path="/café x", headers=[], client=None), b"")

    assert ("http://127.0.0.1:80/caf%C3%A9%20x", "") == (request.url, request.remote_addr)
    assert "http://localhost/" == Request.from_asgi(scope(headers=[], server=None), b"").url
    assert "http://web.sock/" == Request.from_asgi(scope(headers=[], server=("web.sock", None)), b"").url


def test_repeated_headers_of_an_asgi_request_are_joined() -> None:
    """RFC 9110 §5.3; cookies with a semicolon (RFC 9113 §8.2.3)."""
    repeated = [(b"X-Y", b"1"), (b"cookie", b"a=1"), (b"x-y", b"\xe9"), (b"cookie", b"b=2")]
    request = Request.from_asgi(scope(headers=repeated), b"")

    assert {"x-y": "1, \xe9", "cookie": "a=1; b=2"} == request.headers


def test_a_machine_is_told_what_is_wrong_with_its_request() -> None:
    """RFC 6750 §3.1: the code, and a sentence; RFC 9110 §15.5.14 for what is too long."""
    response = json_error("invalid_request", "the text is missing", 400)
    assert (400, {"error": "invalid_request", "error_description": "the text is missing"}) == (response.status, json.loads(response.body))
    assert 413 == json_error("invalid_request", "too long", 413).status


def test_repeated_parameters_are_kept() -> None:
    """Who cares about one value asks for a single one."""
    request = Request("POST", "http://h/?a=1&a=2&b=", {"content-type": f"{FORM}; charset=UTF-8"}, b"c=%C3%A9&c=+")

    assert (("a", "1"), ("a", "2"), ("b", "")) == request.query
    assert (("c", "é"), ("c", " ")) == request.form
    assert "" == single(request.query, "b")
    assert single(request.query, "x") is None
    with pytest.raises(BadRequest, match="more than once"):
        single(request.query, "a")


def test_a_body_that_is_no_form_has_no_fields() -> None:
    """A JSON body is not looked at as if it were a form."""
    assert () == Request("POST", "http://h/", {"content-type": "application/json"}, b"a=1").form


@pytest.mark.parametrize("encoded", ["%ff", "a=%00", "a%00=1", "&".join("a" for _ in range(201))])
def test_parameters_that_are_no_text_are_refused(encoded: str) -> None:
    """Invalid UTF-8, NUL, and more parameters than anybody needs."""
    with pytest.raises(BadRequest):
        Request("GET", f"http://h/?{encoded}", {}).query  # noqa: B018 - reading it raises
    with pytest.raises(BadRequest):
        Request("POST", "http://h/", {"content-type": FORM}, encoded.encode()).form  # noqa: B018


def test_a_form_in_raw_bytes_is_refused() -> None:
    """A form is ASCII; what is not was not encoded."""
    with pytest.raises(BadRequest):
        Request("POST", "http://h/", {"content-type": FORM}, b"a=\xff").form  # noqa: B018


def test_a_redirect_keeps_every_byte_and_is_not_stored() -> None:
    """Redirect URIs are compared as strings, and a code stands in this one."""
    response = redirect("com.app:/cb?x=%7E~")

    assert "com.app:/cb?x=%7E~" == response.header("LOCATION")
    assert "no-store" == response.header("cache-control")
    assert response.header("x-other") is None


def test_json_says_what_it_is() -> None:
    """RFC 8259 §11."""
    response = json_response({"a": 1}, 201)

    assert (201, "application/json", {"a": 1}) == (response.status, response.header("content-type"), json.loads(response.body))
