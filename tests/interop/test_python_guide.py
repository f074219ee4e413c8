"""The code on the page for The Hitchhiker's Guide to Python signs a person in."""

from __future__ import annotations

import re
import textwrap
from typing import Any
from urllib.parse import urlsplit

import pytest

from frameworks.manifests import ROOT
from tests.driving.provider import Provider
from tests.driving.seed import WEB
from tests.interop.person import agree

pytestmark = pytest.mark.tier("deployment")


def code() -> str:
    """Return the page's Python."""
    source = (ROOT / "guide" / "python-guide" / "oauth.rst").read_text(encoding="utf-8")
    (block,) = re.findall(r"^\.\. code-block:: python\n\n((?:    .*\n|\n)+)", source, re.MULTILINE)
    return textwrap.dedent(block)


def test_the_application_of_the_page_signs_a_person_in(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    """As it stands there, with Authlib and Flask, PKCE and an ID token that is checked (OpenID Connect Core §3.1)."""
    monkeypatch.setenv("SESSION_SECRET", "demo-secret-of-the-page")
    monkeypatch.setenv("CLIENT_ID", WEB.client_id)
    monkeypatch.setenv("CLIENT_SECRET", str(WEB.client_secret))
    monkeypatch.setenv("METADATA_URL", f"{provider.issuer}/.well-known/openid-configuration")
    page: dict[str, Any] = {"__name__": "page"}
    exec(code(), page)  # noqa: S102 - it is what a reader would run
    callback = urlsplit(WEB.redirect_uri)
    with page["app"].test_client() as browser:
        started = browser.get("/login", base_url=f"{callback.scheme}://{callback.netloc}")
        assert "code_challenge_method=S256" in started.location
        back = urlsplit(agree(started.location))
        answer = browser.get(f"{back.path}?{back.query}", base_url=f"{callback.scheme}://{callback.netloc}")
        assert (302, "/") == (answer.status_code, answer.location)
        with browser.session_transaction(base_url=f"{callback.scheme}://{callback.netloc}") as session:
            assert ["subject"] == list(session)
