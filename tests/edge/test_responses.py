"""A response leaves byte for byte, in every framework and behind every server."""

from __future__ import annotations

from http import HTTPStatus

import pytest

from tests.edge.probe import Place

STATUSES = [200, 201, 204, 302, 303, 400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 503]

LOCATIONS = [
    "/account",
    "https://app.example/cb?a=b&c=%7e",
    "com.app:/cb?x=%7E%c3%A9&y=~'|[a]",
    "urn:ietf:wg:oauth:2.0:oob?code=x",
    "http://[::1]:8080/cb?code=x#fragment",
    "https://app.example/cb?" + "x" * 4000,
    "http://127.0.0.1:1/?" + "%ff%00",
]


@pytest.mark.parametrize("status", STATUSES)
def test_a_status_leaves_with_its_body(place: Place, status: int) -> None:
    """No error page of the framework's takes its place."""
    body = b"" if status == HTTPStatus.NO_CONTENT else b'{"error": "probe"}'
    answer = place.answer(status, [("Content-Type", "application/json")] if body else [], body)
    assert (status, body) == (answer.status, answer.body)
    assert not body or "application/json" == answer.headers["content-type"]


@pytest.mark.parametrize("location", LOCATIONS)
@pytest.mark.parametrize("status", [302, 303])
def test_a_location_leaves_byte_for_byte(place: Place, location: str, status: int) -> None:
    """Redirect URIs are compared as strings (RFC 9700 §2.1), so no framework may tidy them up."""
    answer = place.answer(status, [("Location", location)])
    assert (status, [location]) == (answer.status, answer.all("location"))


def test_repeated_headers_stay_apart(place: Place) -> None:
    """The API answers with a challenge for each scheme (RFC 6750 §3, RFC 5849 §3.5.1)."""
    challenges = ['Bearer realm="a", error="b"', 'OAuth realm="a"']
    assert challenges == place.answer(401, [("WWW-Authenticate", value) for value in challenges]).all("www-authenticate")


@pytest.mark.parametrize(
    "content_type", ["application/json", "text/plain", "text/html; charset=utf-8", "application/octet-stream", "image/svg+xml"]
)
def test_the_type_of_a_body_is_left_alone(place: Place, content_type: str) -> None:
    """No charset is added, none is taken away."""
    answer = place.answer(200, [("Content-Type", content_type)], bytes(range(256)))
    assert ([content_type], bytes(range(256))) == (answer.all("content-type"), answer.body)


@pytest.mark.parametrize("size", [0, 1, 100_000])
def test_a_body_leaves_whole_with_its_length_or_in_chunks(place: Place, size: int) -> None:
    """A client that keeps its connection open has to know where it ends (RFC 9112 §6.3)."""
    answer = place.answer(200, [("Content-Type", "text/plain")], b"x" * size)
    assert size == len(answer.body)
    assert [str(size)] == answer.all("content-length") or ["chunked"] == answer.all("transfer-encoding")


def test_what_no_cache_may_keep_says_so(place: Place) -> None:
    """RFC 6749 §5.1: the header of a token response reaches the client, once."""
    answer = place.answer(200, [("Cache-Control", "no-store"), ("Content-Type", "application/json")], b"{}")
    assert ["no-store"] == answer.all("cache-control")
