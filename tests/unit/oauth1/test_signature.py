"""The signature base string and the signature methods (RFC 5849 §3.4)."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oauthlib.oauth1.rfc5849 import signature as oauthlib_signature

from shared_validator.http import FORM, BadRequest, Request
from shared_validator.validators.oauth1_signature import SignedRequest, hmac_holds, hmac_key, origin, plaintext_holds
from tests.unit.oauth1.server import ISSUER, SECRET, TOKEN_SECRET_TEXT, signed

CLIENT = {"client_key": "key", "client_secret": SECRET, "resource_owner_key": "token", "resource_owner_secret": TOKEN_SECRET_TEXT}
TEXT = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00"), max_size=12)
PARAMETERS = st.lists(st.tuples(TEXT.filter(lambda name: not name.startswith("oauth_")), TEXT), max_size=5)


def request(method: str, url: str, authorization: str, body: bytes = b"") -> SignedRequest:
    headers = {"authorization": authorization} | ({"content-type": FORM} if body else {})
    return SignedRequest(Request(method, url, headers, body))


def holds(sent: Request) -> bool:
    read = SignedRequest(sent)
    return hmac_holds(read, read.base_string(ISSUER), hmac_key(SECRET, TOKEN_SECRET_TEXT))


def test_base_string_of_rfc() -> None:
    """The base string of the example in RFC 5849 §3.4.1.1 is the one printed there."""
    read = request(
        "POST",
        "http://example.com/request?b5=%3D%253D&a3=a&c%40=&a2=r%20b",
        'OAuth realm="Example",\n    oauth_consumer_key="9djdj82h48djs9d2",\n    oauth_token="kkk9d7dh3k39sjv7",\n'
        '    oauth_signature_method="HMAC-SHA1",\n    oauth_timestamp="137131201",\n    oauth_nonce="7d8f3e4a",\n'
        '    oauth_signature="bYT5CMsGcbgUdFHObYMEfcx6bsw%3D"',
        b"c2&a3=2+q",
    )
    assert read.base_string("http://example.com") == (
        b"POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D%253D%25253D%26c%2540%3D%26c2%3D%26"
        b"oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a%26oauth_signature_method%3DHMAC-SHA1%26"
        b"oauth_timestamp%3D137131201%26oauth_token%3Dkkk9d7dh3k39sjv7"
    )


def test_parameters_of_rfc() -> None:
    """The parameters of that example are decoded as the table in RFC 5849 §3.4.1.3.1 says: once, the realm left out."""
    read = request(
        "POST",
        "http://example.com/request?b5=%3D%253D&a3=a&c%40=&a2=r%20b",
        'OAuth realm="Example", oauth_nonce="7d8f3e4a"',
        b"c2&a3=2+q",
    )
    assert [
        ("a2", "r b"),
        ("a3", "2 q"),
        ("a3", "a"),
        ("b5", "=%3D"),
        ("c2", ""),
        ("c@", ""),
        ("oauth_nonce", "7d8f3e4a"),
    ] == sorted(read.params)


@pytest.mark.parametrize(
    ("method", "url", "authorization", "token_secret"),
    [
        (
            "POST",
            "https://photos.example.net/initiate",
            'OAuth realm="Photos", oauth_consumer_key="dpf43f3p2l4k3l03", oauth_signature_method="HMAC-SHA1", oauth_timestamp="137131200", '
            'oauth_nonce="wIjqoS", oauth_callback="http%3A%2F%2Fprinter.example.com%2Fready", '
            'oauth_signature="74KNZJeDHnMBp0EMJ9ZHt%2FXKycU%3D"',
            "",
        ),
        (
            "POST",
            "https://photos.example.net/token",
            'OAuth realm="Photos", oauth_consumer_key="dpf43f3p2l4k3l03", oauth_token="hh5s93j4hdidpola", '
            'oauth_signature_method="HMAC-SHA1", oauth_timestamp="137131201", oauth_nonce="walatlh", oauth_verifier="hfdp7dh39dks9884", '
            'oauth_signature="gKgrFCywp7rO0OXSjdot%2FIHF7IU%3D"',
            "hdhd0244k9j7ao03",
        ),
        (
            "GET",
            "http://photos.example.net/photos?file=vacation.jpg&size=original",
            'OAuth realm="Photos", oauth_consumer_key="dpf43f3p2l4k3l03", oauth_token="nnch734d00sl2jdk", '
            'oauth_signature_method="HMAC-SHA1", oauth_timestamp="137131202", oauth_nonce="chapoH", '
            'oauth_signature="MdpQcU8iPSUjWoN%2FUDMsK2sui9I%3D"',
            "pfkkdhi9sl3r4s00",
        ),
    ],
    ids=["initiate", "token", "photos"],
)
def test_signatures_of_rfc(method: str, url: str, authorization: str, token_secret: str) -> None:
    """The three signatures of the example in RFC 5849 §1.2 hold."""
    read = request(method, url, authorization)
    base_string = read.base_string(origin(url.rpartition("/")[0]))
    assert hmac_holds(read, base_string, hmac_key("kd94hf93k423kf44", token_secret))
    assert not hmac_holds(read, base_string, hmac_key("kd94hf93k423kf44", token_secret + "x"))


def test_plaintext_of_rfc() -> None:
    """The PLAINTEXT signature of the example in RFC 5849 §2.1 holds: both secrets, even an empty one, and the ampersand."""
    read = request("POST", f"{ISSUER}/request_temp_credentials", 'OAuth oauth_signature_method="PLAINTEXT", oauth_signature="ja893SD9%26"')
    assert plaintext_holds(read, hmac_key("ja893SD9", ""))
    assert not plaintext_holds(read, hmac_key("ja893SD9", "x"))


@pytest.mark.parametrize(
    ("issuer", "expected"),
    [
        ("http://EXAMPLE.COM:80", "http://example.com"),
        ("https://www.example.net:8080", "https://www.example.net:8080"),
        ("https://example.com:443", "https://example.com"),
        ("http://[::1]:5001", "http://[::1]:5001"),
    ],
)
def test_origin(issuer: str, expected: str) -> None:
    """Scheme and host are in lower case, and the default port is left out (RFC 5849 §3.4.1.2)."""
    assert expected == origin(issuer)


def test_path_is_kept() -> None:
    """The path goes into the base string as it arrived, and an empty one as a slash (RFC 5849 §3.4.1.2)."""
    authorization = 'OAuth oauth_nonce="n"'
    assert b"GET&https%3A%2F%2Fprovider.example%2Fr%2520v%2Fx~%257E&oauth_nonce%3Dn" == request(
        "get", f"{ISSUER}/r%20v/x~%7E", authorization
    ).base_string(ISSUER)
    assert b"GET&https%3A%2F%2Fprovider.example%2F&oauth_nonce%3Dn" == request("GET", ISSUER, authorization).base_string(ISSUER)


def test_host_header_is_ignored() -> None:
    """The base string names the issuer, whatever host the request came to (RFC 5849 §3.4.1.2)."""
    authorization = 'OAuth oauth_nonce="n"'
    assert request("GET", "http://internal:8000/a", authorization).base_string(ISSUER) == request(
        "GET", f"{ISSUER}/a", authorization
    ).base_string(ISSUER)


@given(PARAMETERS, PARAMETERS, st.randoms(use_true_random=False))
def test_order_is_irrelevant(query: list[tuple[str, str]], form: list[tuple[str, str]], random: Any) -> None:
    """Neither the order of the parameters nor the place where they stand changes the base string (RFC 5849 §3.4.1.3.2)."""
    everything = [*query, *form]
    random.shuffle(everything)
    authorization = 'OAuth oauth_nonce="n"'
    first = request("POST", f"{ISSUER}/a?{urlencode(query)}", authorization, urlencode(form).encode())
    second = request("POST", f"{ISSUER}/a?{urlencode(everything)}", authorization)
    assert first.base_string(ISSUER) == second.base_string(ISSUER)


@given(PARAMETERS)
def test_base_string_is_reversible(parameters: list[tuple[str, str]]) -> None:
    """What was signed can be read back out of the base string: no two requests share one (RFC 5849 §3.6)."""
    read = request("GET", f"{ISSUER}/a?{urlencode(parameters)}", 'OAuth oauth_nonce="n"')
    method, uri, normalized = read.base_string(ISSUER).decode().split("&")
    pairs = parse_qsl(unquote(normalized).replace("+", "%2B"), keep_blank_values=True)
    assert ("GET", f"{ISSUER}/a", sorted([*parameters, ("oauth_nonce", "n")])) == (method, unquote(uri), sorted(pairs))


@given(PARAMETERS)
def test_base_string_agrees_with_oauthlib(parameters: list[tuple[str, str]]) -> None:
    """oauthlib makes the same base string of the same parameters (RFC 5849 §3.4.1.1)."""
    normalized = oauthlib_signature.normalize_parameters([*parameters, ("oauth_nonce", "n")])
    expected = oauthlib_signature.signature_base_string("PATCH", f"{ISSUER}/a", normalized)
    read = request("PATCH", f"{ISSUER}/a?{urlencode(parameters)}", 'OAuth oauth_nonce="n"')
    assert expected.encode() == read.base_string(ISSUER)


@pytest.mark.parametrize("method", ["HMAC-SHA1", "HMAC-SHA256", "HMAC-SHA512"])
@pytest.mark.parametrize("place", ["AUTH_HEADER", "BODY", "QUERY"])
@settings(max_examples=25)  # of each method in each place
@given(query=PARAMETERS, form=PARAMETERS)
def test_oauthlib_client_verifies(method: str, place: str, query: list[tuple[str, str]], form: list[tuple[str, str]]) -> None:
    """What oauthlib's client signs holds, in each of the three places, with any parameters (RFC 5849 §3.5)."""
    client = {**CLIENT, "signature_method": method, "signature_type": place}
    sent = signed(client, f"/a?{urlencode(query)}", "POST", urlencode(form), {"Content-Type": FORM})
    assert holds(sent)
    assert not holds(Request("PUT", sent.url, sent.headers, sent.body))


@given(TEXT, TEXT)
def test_header_round_trip(name: str, value: str) -> None:
    """A parameter of the header is decoded to what was encoded (RFC 5849 §3.5.1, §3.6)."""
    read = request("GET", ISSUER, f'OAuth oauth_x{quote(name, safe="")}="{quote(value, safe="")}"')
    assert {f"oauth_x{name}": value} == read.oauth_params


@pytest.mark.parametrize(
    "authorization",
    [
        'OAuth oauth_nonce="n"',
        'oauth oauth_nonce="n"',
        'OAUTH  oauth_nonce="n",',
        'OAuth realm="a, b=\\"c\\"", oauth_nonce="n"',
        'OAuth realm="",oauth_nonce="n"',
        'OAuth oauth%5Fnonce="%6e"',
    ],
)
def test_header_is_read(authorization: str) -> None:
    """Scheme in any case, any space, a realm with quoted commas: the header is read (RFC 5849 §3.5.1)."""
    assert {"oauth_nonce": "n"} == request("GET", ISSUER, authorization).oauth_params


@pytest.mark.parametrize(
    "authorization",
    [
        "OAuth ",
        "OAuth oauth_nonce",
        "OAuth oauth_nonce=n",
        'OAuth oauth_nonce="n',
        'OAuth oauth_nonce="n" oauth_token="t"',
        'OAuth oauth_nonce="n"; oauth_token="t"',
        'OAuth ="n"',
        'OAuth oauth_nonce="n\\"',
        'OAuth oauth_nonce="%ff"',
        'OAuth oauth_nonce="%ed%a0%80"',
        'OAuth oauth_nonce="%00"',
        'OAuth oauth_nonce="\xe9"',
        'OAuth oauth_nonce="n", oauth_nonce="n"',
        'OAuth oauth_nonce="n"' + ", " * 100_000 + "x",
        "Bearer token",
        "",
    ],
)
def test_header_is_refused(authorization: str) -> None:
    """A header that is malformed, not UTF-8, or names a parameter twice is refused (RFC 5849 §3.2)."""
    with pytest.raises(BadRequest):
        request("GET", ISSUER, authorization)
