"""A request reaches the application byte for byte, in every framework and behind every server."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlsplit

import pytest

from tests.edge.probe import Place

FORM = "application/x-www-form-urlencoded"
ALL_BYTES = bytes(range(256))
MEBIBYTE = 1 << 20

TARGETS = {
    "nothing": b"",
    "lower-case escapes": b"?a=%7e%c3%a9",
    "escapes of what needs none": b"?%61=%7E%41",
    "plus and space": b"?a+b=c%20d",
    "reserved characters": b"?a=/?:@!$'()*,;=b",
    "repeated names": b"?a=1&a=2&a=1",
    "separators only": b"?&&&===&=",
    "a question in the query": b"?a=b?c=d",
    "no UTF-8": b"?a=%ff%fe",
    "an overlong sequence": b"?a=%c0%af",
    "a NUL": b"?a=%00",
    "a broken escape": b"?a=%&b=%z&c=%1",
    "a line break": b"?a=%0d%0aSet-Cookie:%20x=y",
    "an encoded slash": b"?a=%2F%2f",
    "dots": b"?a=/../../etc/passwd",
    "4,000 characters": b"?a=" + b"x" * 4000,
}

BODIES = {
    "a form": b"a=1&b=%7e+%20",
    "repeated fields": b"a=1&a=2",
    "a broken escape": b"a=%&b=%z",
    "line breaks": b"a=\r\n\r\nb\n",
    "half a mebibyte": b"a=" + b"x" * (MEBIBYTE // 2),
}


@pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS)
def test_the_url_arrives_as_it_was_sent(place: Place, target: bytes) -> None:
    """OAuth 1.0a signs it (RFC 5849 §3.4.1), and nothing is decoded, sorted or shortened on the way."""
    arrived = place.arrived(target=target)
    assert (f"{place.url}{place.path}{target.decode('latin-1')}", "GET") == (arrived["url"], arrived["method"])


def test_an_escaped_letter_in_a_path_stays_escaped(place: Place) -> None:
    """It leads to the same route (RFC 3986 §6.2.2.2), and the application still sees what was signed."""
    escaped = replace(place, path=place.path.replace("e", "%65", 1))
    assert f"{place.url}{escaped.path}" == escaped.arrived()["url"]


@pytest.mark.fault(12)
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
@pytest.mark.parametrize("framing", ["length", "chunks"])
def test_a_body_arrives_as_it_was_sent(place: Place, body: bytes, framing: str) -> None:
    """Whether its length is said before, or it comes in chunks (RFC 9112 §7.1)."""
    sent = place.prefix + body
    chunks = [sent[:7], sent[7:]] if framing == "chunks" else None
    arrived = place.arrived("POST", b"", {"Content-Type": FORM}, sent, chunks=chunks)
    assert (sent, FORM, "POST") == (arrived["body"], arrived["headers"]["content-type"], arrived["method"])


@pytest.mark.parametrize(
    "content_type",
    ["application/json", "text/plain", "multipart/form-data", "multipart/form-data; boundary=x", f"{FORM}; charset=utf-7", "x"],
)
@pytest.mark.parametrize("framing", ["length", "chunks"])
def test_an_endpoint_reads_a_body_of_any_type(endpoint: Place, content_type: str, framing: str) -> None:
    """No framework parses it first."""
    chunks = [ALL_BYTES[:100], ALL_BYTES[100:]] if framing == "chunks" else None
    arrived = endpoint.arrived("POST", b"", {"Content-Type": content_type}, ALL_BYTES, chunks=chunks)
    assert (ALL_BYTES, content_type) == (arrived["body"], arrived["headers"]["content-type"])


@pytest.mark.fault(12)
def test_the_body_of_a_get_arrives(place: Place) -> None:
    """OAuth Request Body Hash 1.0 §3.2 signs it, whatever the method."""
    assert ALL_BYTES == place.arrived("GET", b"", {"Content-Type": "text/plain", "Content-Length": "256"}, ALL_BYTES)["body"]


@pytest.mark.fault(12)
@pytest.mark.parametrize("without", [(), ("Content-Length",)], ids=["of length 0", "absent"])
def test_an_absent_body_is_empty(endpoint: Place, without: tuple[str, ...]) -> None:
    """RFC 9112 §6.3: a request without a length and without chunks has no body, which is no reason for a 411."""
    assert b"" == endpoint.arrived("POST", without=without)["body"]


@pytest.mark.fault(12)
def test_a_body_without_chunks_is_empty(endpoint: Place) -> None:
    """A chunked body may end at once."""
    assert b"" == endpoint.arrived("POST", b"", {"Content-Type": FORM}, b"", chunks=[])["body"]


@pytest.mark.fault(12)
@pytest.mark.parametrize("framing", ["length", "chunks"])
def test_a_mebibyte_is_read_and_one_byte_more_is_413(endpoint: Place, framing: str) -> None:
    """RFC 9110 §15.5.14, however the body is framed."""
    for size, status in ((MEBIBYTE, 200), (MEBIBYTE + 1, 413)):
        body = b"x" * size
        chunks = [body[:MEBIBYTE], body[MEBIBYTE:]] if framing == "chunks" else None
        assert status == endpoint.send("POST", b"", {"Content-Type": FORM}, body, chunks=chunks).status


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_a_method_that_a_route_does_not_have_is_405(place: Place, method: str) -> None:
    """It names those that it has (RFC 9110 §15.5.6)."""
    answer = place.send(method)
    allowed = {name.strip() for name in answer.headers["allow"].split(",")}
    assert (405, {"GET", "HEAD", "POST"}) == (answer.status, allowed - {"OPTIONS"})


def test_the_answer_to_head_is_that_to_get_without_its_body(place: Place) -> None:
    """RFC 9110 §9.3.2; a length would be that of the body which GET has (§8.6)."""
    head = place.answer(200, [("Content-Type", "text/plain")], b"x" * 9, method="HEAD")
    assert (200, b"", "text/plain") == (head.status, head.body, head.headers["content-type"])
    assert head.headers.get("content-length") in (None, "9")


@pytest.mark.parametrize(
    ("sent", "arrives"),
    [
        ("a plain value", "a plain value"),
        (b"caf\xe9 \xff", "café ÿ"),
        ("x" * 4000, "x" * 4000),
        ('a, b; c="d"', 'a, b; c="d"'),
        ("", ""),
    ],
    ids=["plain", "bytes", "4,000 characters", "signs", "empty"],
)
def test_a_header_arrives_as_it_was_sent(place: Place, sent: str | bytes, arrives: str) -> None:
    """Its bytes are read as Latin-1 (RFC 9110 §5.5)."""
    assert arrives == place.arrived(headers={"X-Probe": sent})["headers"].get("x-probe", "")


def test_the_host_and_credentials_arrive(place: Place) -> None:
    """No framework keeps them to itself."""
    arrived = place.arrived(headers={"Authorization": "Bearer a.b-c_d~e+f/g=="})["headers"]
    assert (urlsplit(place.url).netloc, "Bearer a.b-c_d~e+f/g==") == (arrived["host"], arrived["authorization"])


def test_the_address_is_the_peers_whatever_a_header_says(place: Place) -> None:
    """Failed sign-ins are counted by it, so a client must not choose it."""
    forged: dict[str, str | bytes] = {"X-Forwarded-For": "203.0.113.7", "Forwarded": "for=203.0.113.7", "X-Real-IP": "203.0.113.7"}
    assert "127.0.0.1" == place.arrived(headers=forged)["from"]


def test_a_repeated_header_is_joined(place: Place) -> None:
    """RFC 9110 §5.3, for one whose value is a list."""
    answer = place.arrived(headers={"Accept-Language": "de", "accept-language": "en"})
    assert "de, en" == answer["headers"]["accept-language"]


def test_a_page_refuses_a_post_without_its_csrf_token(page: Place) -> None:
    """The echo page is behind the example's own check, as every page is."""
    assert 400 <= page.send("POST", b"", {"Content-Type": FORM}, b"a=1").status < 404
