"""Where ``next`` may lead."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_validator.accounts.local_path import local_path


@pytest.mark.parametrize(
    "target",
    [
        "/",
        "/account",
        "/oauth2/authorize?redirect_uri=https%3A%2F%2Fapp.example%2F&state=%0A",
        "/a//b",
        "/a#b",
        "/?//evil.example",
    ],
)
def test_a_path_on_this_host_is_taken(target: str) -> None:
    """A path with its query comes through byte for byte."""
    assert target == local_path(target)


@pytest.mark.parametrize(
    "target",
    [
        None,
        "",
        "account",
        "https://evil.example/",
        "https:evil.example",
        "javascript:alert(1)",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "\\/evil.example",
        "/a\\b",
        "/%5Cevil.example",
        "/%2Fevil.example",
        "/%2fevil.example?x",
        "/\t/evil.example",
        "/\n/evil.example",
        "/a\r\nSet-Cookie: a=b",
        "/%0d%0aSet-Cookie:%20a=b",
        "/\x00",
        "/%00",
        "/\x7f",
        " /account",
        "/account\n",
        "/ account",
        "/é",
        "/\u2028",
        "@evil.example",
        "?next=/",
        "#a",
    ],
)
def test_anything_else_is_not(target: str | None) -> None:
    """Mistake 4: ``next`` never leads to another host, whatever a browser or a proxy makes of it (RFC 9700 §4.11)."""
    assert local_path(target) is None


@given(st.text(alphabet="/\\.:@%?#ehttps052fF \t\n\r-a", max_size=12).map(lambda text: f"/{text}"))
def test_what_is_taken_stays_on_this_host(target: str) -> None:
    """Mistake 4: resolved as a browser does, with backslashes as slashes, tabs and newlines left out, every accepted path stays here."""
    accepted = local_path(target)
    if accepted is not None:
        seen = accepted.replace("\\", "/").replace("\t", "").replace("\n", "").replace("\r", "")
        assert "provider.example" == urlsplit(urljoin("https://provider.example/login", seen)).netloc
