"""Redirect URIs: which may be registered, and which requested one is the registered one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_validator.redirect_uris import check_redirect_uri, matches


@pytest.mark.parametrize(
    ("uri", "public"),
    [
        ("https://app.example/cb", False),
        ("https://app.example/cb?tenant=a%2Fb", False),
        ("http://127.0.0.1/cb", True),
        ("http://[::1]:80/cb", True),
        ("http://localhost:5002/cb", False),
        ("com.example.app:/cb", True),
    ],
)
def test_a_good_redirect_uri_may_be_registered(uri: str, public: bool) -> None:
    """RFC 8252 §7: https, loopback, and for apps a private-use scheme."""
    check_redirect_uri(uri, public=public)


@pytest.mark.fault(11)
@pytest.mark.parametrize(
    ("uri", "public"),
    [
        ("http://app.example/cb", False),
        ("https://app.example/cb#fragment", False),
        ("https://*.example/cb", False),
        ("https://user@app.example/cb", False),
        ("https:///cb", False),
        ("/cb", False),
        ("", False),
        ("https://app.example:abc/cb", False),
        ("https://app.example:65536/cb", False),
        ("https://app.example:0/cb", False),
        ("http://127.0.0.1:99999/cb", True),
        ("https://app.example/a b", False),
        ("https://app.example\\@evil.example/", False),
        ("https://é.example/", False),
        ("https://app.example/\x00", False),
        ("com.example.app:/cb", False),
        ("javascript:alert(1)", True),
        ("data:text/html,x", True),
    ],
)
def test_a_bad_redirect_uri_is_refused(uri: str, public: bool) -> None:
    """RFC 9700 §2.1, §4.1; RFC 8252 §7.1: a private-use scheme holds a dot, so ``javascript`` is none."""
    with pytest.raises(ValueError, match="redirect URI"):
        check_redirect_uri(uri, public=public)


@pytest.mark.parametrize(
    ("registered", "requested"),
    [
        ("https://app.example/cb", "https://app.example/cb"),
        ("http://127.0.0.1/cb", "http://127.0.0.1:49152/cb"),
        ("http://127.0.0.1:5000/cb", "http://127.0.0.1:49152/cb"),
        ("http://127.0.0.1:5000/cb", "http://127.0.0.1/cb"),
        ("http://[::1]/cb", "http://[::1]:49152/cb"),
    ],
)
def test_equal_strings_match_and_loopback_ports_are_free(registered: str, requested: str) -> None:
    """RFC 9700 §4.1.3, RFC 8252 §7.3."""
    assert matches([registered], requested, native=True)


@pytest.mark.fault(11)
@pytest.mark.parametrize(
    ("registered", "requested"),
    [
        ("https://app.example/cb", "https://app.example/cb/"),
        ("https://app.example/cb", "https://app.example/CB"),
        ("https://app.example/cb", "https://app.example/cb?x"),
        ("https://app.example/cb", "https://app.example/cb/../evil"),
        ("https://app.example/cb", "https://app.example/c%62"),
        ("https://app.example/cb", "https://app.example.evil.example/cb"),
        ("https://app.example/cb", "https://app.example:8443/cb"),
        ("https://app.example/cb", "https://app.example@evil.example/cb"),
        ("https://app.example/cb", "http://app.example/cb"),
        ("http://localhost/cb", "http://localhost:49152/cb"),
        ("http://127.0.0.1/cb", "http://localhost/cb"),
        ("http://127.0.0.1/cb", "http://127.0.0.1:49152/cb2"),
        ("http://127.0.0.1/cb", "http://127.0.0.1:80@evil.example/cb"),
        ("http://127.0.0.1/cb", "http://127.0.0.1.evil.example/cb"),
        ("http://127.0.0.1/cb", "http://127.0.0.1:/cb"),
        ("http://127.0.0.1/cb", "http://127.0.0.1:0/cb"),
        ("http://127.0.0.1/cb", "http://127.0.0.1:65536/cb"),
        ("http://127.0.0.1/cb", "http://127.0.0.1:99999/cb"),
        ("http://127.0.0.1/cb", "https://127.0.0.1:49152/cb"),
        ("http://127.0.0.1/cb", "http://127.0.0.2:49152/cb"),
    ],
)
def test_anything_else_does_not_match(registered: str, requested: str) -> None:
    """RFC 9700 §4.1.1, §4.1.3."""
    assert not matches([registered], requested, native=True)
    assert not matches([registered], requested, native=False)


@given(st.text(), st.text())
def test_outside_of_loopback_only_equal_strings_match(registered: str, requested: str) -> None:
    """RFC 9700 §4.1.3, for any two texts."""
    registered, requested = f"https://{registered}", f"https://{requested}"

    assert (registered == requested) is matches([registered], requested, native=True)


@given(st.integers(1, 65535), st.text(alphabet="abc/?=%", max_size=10))
def test_a_loopback_port_is_all_that_may_differ(port: int, path: str) -> None:
    """RFC 8252 §7.3, for any port and path."""
    registered = [f"http://127.0.0.1/{path}"]
    assert matches(registered, f"http://127.0.0.1:{port}/{path}", native=True)
    assert not matches(registered, f"http://127.0.0.1:{port}/{path}x", native=True)
    assert not matches(registered, f"http://127.0.0.1:{port}/{path}", native=False)
