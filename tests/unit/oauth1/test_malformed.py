"""Requests that nobody should send get 400 or 401, never an exception (RFC 5849 §3.2)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared_validator.http import FORM, Request, Response
from shared_validator.validators.oauth1 import OAuth1Refused
from tests.unit.oauth1.server import ISSUER, Server, refusal, signed

HEADER = 'OAuth oauth_consumer_key="shared", oauth_nonce="12345678", oauth_timestamp="1800000000", oauth_signature_method="HMAC-SHA1"'
GOOD_HEADER = f'{HEADER}, oauth_signature="x", oauth_token="t", oauth_verifier="v", oauth_callback="oob"'
FORMS = {"content-type": FORM}

MALFORMED: dict[str, tuple[str, dict[str, str], bytes]] = {
    "nothing": ("", {}, b""),
    "another scheme": ("", {"authorization": "Basic YTpi"}, b""),
    "header of invalid UTF-8": ("", {"authorization": 'OAuth oauth_token="%ff%fe"'}, b""),
    "header of raw bytes": ("", {"authorization": 'OAuth oauth_token="\xff\xfe"'}, b""),
    "header with NUL": ("", {"authorization": 'OAuth oauth_token="%00"'}, b""),
    "header with raw NUL": ("", {"authorization": 'OAuth oauth_token="\x00"'}, b""),
    "header joined of two": ("", {"authorization": f"{GOOD_HEADER}, {GOOD_HEADER}"}, b""),
    "header of two schemes": ("", {"authorization": f"{GOOD_HEADER}, Bearer abc"}, b""),
    "header of a megabyte": ("", {"authorization": "OAuth " + 'a="b", ' * 150_000}, b""),
    "header with injection": ("", {"authorization": 'OAuth realm="x\r\nSet-Cookie: a=b", oauth_token="t"'}, b""),
    "query of invalid UTF-8": ("?oauth_token=%ff", {"authorization": GOOD_HEADER}, b""),
    "query with NUL": ("?a=%00", {"authorization": GOOD_HEADER}, b""),
    "query of raw letters": ("?a=é", {"authorization": GOOD_HEADER}, b""),
    "query of a lone surrogate": ("?a=\udcff", {"authorization": GOOD_HEADER}, b""),
    "query of 201 parameters": ("?" + "a&" * 201, {"authorization": GOOD_HEADER}, b""),
    "form of invalid UTF-8": ("", {"authorization": GOOD_HEADER, **FORMS}, b"a=%c3%28"),
    "form of raw bytes": ("", {"authorization": GOOD_HEADER, **FORMS}, b"a=\xff\x00"),
    "form of 10 MB": ("", {"authorization": GOOD_HEADER, **FORMS}, b"a=" + b"%41" * 3_333_333),
    "two content types": ("", {"authorization": GOOD_HEADER, "content-type": f"text/plain, {FORM}"}, b"oauth_token=t"),
    "the same content type twice": ("", {"authorization": GOOD_HEADER, "content-type": f"{FORM}, {FORM}"}, b"a=b"),
    "parameters in header and query": ("?oauth_callback=oob", {"authorization": GOOD_HEADER}, b""),
    "parameters in header and form": ("", {"authorization": GOOD_HEADER, **FORMS}, b"oauth_callback=oob"),
    "parameters twice in the form": ("", FORMS, b"oauth_token=t&oauth_token=t"),
    "parameters in JSON": ("", {"content-type": "application/json"}, b'{"oauth_token": "t"}'),
    "empty values": ("?oauth_consumer_key=&oauth_signature=&oauth_signature_method=&oauth_nonce=&oauth_timestamp=", {}, b""),
}

WELL_FORMED: dict[str, tuple[str, dict[str, str], bytes]] = {
    "lone percent in the header": ("", {"authorization": GOOD_HEADER.replace('"t"', '"%"')}, b""),
    "lone percent in the query": ("?a=%&b=%4", {"authorization": GOOD_HEADER}, b""),
    "lone percent in the form": ("", {"authorization": GOOD_HEADER, **FORMS}, b"%=%zz"),
    "signs without meaning": ("?&&=&a[]={}|^`", {"authorization": GOOD_HEADER}, b""),
    "body of 10 MB": ("", {"authorization": GOOD_HEADER}, b"\xff" * 10_000_000),
    "host that is none": ("", {"authorization": GOOD_HEADER, "host": "["}, b""),
}


def answers(server: Server, request: Request) -> list[Response]:
    """Send the request to both endpoints and to the API."""
    with pytest.raises(OAuth1Refused) as refused:
        server.resource.check(request)
    return [*(handler(request) for handler in server.handlers.values()), refused.value.response]


def parametrized(table: dict[str, Any]) -> Any:
    return pytest.mark.parametrize(("query", "headers", "body"), list(table.values()), ids=list(table))


@parametrized(MALFORMED)
def test_malformed(server: Server, query: str, headers: dict[str, str], body: bytes) -> None:
    """What is malformed gets 400, the challenge and a form-encoded error, from every endpoint (RFC 5849 §3.2)."""
    for response in answers(server, Request("POST", f"{ISSUER}/oauth1/x{query}", headers, body)):
        refusal(response, 400)


@parametrized(WELL_FORMED)
def test_odd_but_well_formed(server: Server, query: str, headers: dict[str, str], body: bytes) -> None:
    """What is odd, but can be read in one way only, is judged by its signature (RFC 5849 §3.2)."""
    for response in answers(server, Request("POST", f"{ISSUER}/oauth1/x{query}", headers, body)):
        refusal(response, 401)


@pytest.mark.parametrize("url", ["http://[/x", "http://a:b:c/x", "/x", "", "?", "http://", "https://provider.example#x?y"])
def test_any_url(server: Server, url: str) -> None:
    """Whatever a server makes of a broken Host header or request line, it is no more than a wrong signature."""
    for response in answers(server, Request("POST", url, {"authorization": GOOD_HEADER})):
        refusal(response, 401)


PRINTED = st.text(max_size=60)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(query=PRINTED, authorization=PRINTED, content_type=st.sampled_from([FORM, "", f"{FORM};charset=x"]), body=st.binary(max_size=60))
def test_anything(server: Server, query: str, authorization: str, content_type: str, body: bytes) -> None:
    """No request raises anything but a refusal."""
    headers = {"authorization": f"{GOOD_HEADER}{authorization}", "content-type": content_type}
    for response in answers(server, Request("POST", f"{ISSUER}/oauth1/x?{query}", headers, body)):
        assert response.status in (400, 401)


def test_form_with_parameters_of_its_type(server: Server) -> None:
    """A charset after the media type changes nothing: the form is signed (RFC 5849 §3.4.1.3.1)."""
    sent = signed(server.token_client(), "/api/notes", "POST", "text=x", {"Content-Type": FORM})
    for content_type in (f"{FORM}; charset=UTF-8", FORM.upper()):
        altered = Request("POST", sent.url, {**sent.headers, "content-type": content_type}, b"text=y")
        assert isinstance(server.check(altered), tuple)


FIELDS = "oauth_consumer_key={key}&oauth_nonce=12345678&oauth_timestamp={timestamp}&oauth_signature_method={method}&oauth_signature=x"
GOOD_FIELDS = {"key": "shared", "timestamp": "1800000000", "method": "HMAC-SHA1"}


@pytest.mark.fault(26)
@pytest.mark.parametrize(
    ("changes", "status"),
    [({"timestamp": "1700000000"}, 401), ({"method": "HMAC-MD5"}, 400), ({"key": "k" * 256}, 400)],
)
@pytest.mark.parametrize("place", ["header", "body", "query"])
def test_a_form_is_not_decoded_before_the_cheap_checks(server: Server, place: str, changes: dict[str, str], status: int) -> None:
    """A form of a megabyte costs next to nothing when method, consumer key or timestamp are wrong (RFC 5849 §3.2)."""
    fields = FIELDS.format(**GOOD_FIELDS | changes)
    header = "OAuth " + ", ".join('{}="{}"'.format(*field.split("=")) for field in fields.split("&"))
    headers = {**FORMS, **({"authorization": header} if place == "header" else {})}
    body = b"a=" + b"%41" * 300_000 + (f"&{fields}".encode() if place == "body" else b"")
    query = f"?{fields}" if place == "query" else ""
    for handler in (*server.handlers.values(), server.resource.check):
        sent = Request("POST", f"{ISSUER}/oauth1/x{query}", headers, body)
        try:
            response = handler(sent)
        except OAuth1Refused as refused:
            response = refused.response
        refusal(response, status)
        assert "form" not in vars(sent)


@pytest.mark.fault(26)
def test_an_unsigned_form_is_not_decoded(server: Server) -> None:
    """Neither is one without any protocol parameter."""
    sent = Request("POST", f"{ISSUER}/oauth1/x", FORMS, b"a=" + b"%41" * 300_000)
    for response in answers(server, sent):
        assert "the protocol parameters are missing" == refusal(response, 400)
    assert "form" not in vars(sent)


@pytest.mark.parametrize("name", ["oauth%5Fnonce", "%6Fauth_nonce", "%6f%61%75%74%68%5f%6e%6f%6e%63%65"])
def test_encoded_names_in_a_form_are_found(server: Server, name: str) -> None:
    """A protocol parameter is one however its name is encoded, so it cannot hide beside those of the header (RFC 5849 §3.5)."""
    sent = Request("POST", f"{ISSUER}/oauth1/x", {**FORMS, "authorization": GOOD_HEADER}, f"a=b&{name}=87654321".encode())
    for response in answers(server, sent):
        assert "the protocol parameters are in more than one place" == refusal(response, 400)
