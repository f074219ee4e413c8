"""A session ends when it is ended, whatever copy of its cookie is still about (OWASP ASVS 5.0 §7.4)."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.conformance.facts import is_page
from tests.driving.browser import Browser, location
from tests.driving.provider import Provider
from tests.driving.seed import BOB, MALLORY
from tests.driving.serving import ROOT, Server


def is_signed_out(provider: Provider, browser: Browser) -> bool:
    """Return whether the account page sends a browser to sign in first."""
    answer = browser.get(f"{provider.url}/account")
    return answer.status_code in (302, 303) and "/login" == urlsplit(location(answer)).path


@pytest.mark.fault(1)
def test_a_copied_cookie_ends_with_its_session(provider: Provider) -> None:
    """Signing out ends the session at the provider: a copy of the cookie opens nothing any more."""
    browser = provider.sign_in(BOB)
    copy, elsewhere = browser.twin(), provider.sign_in(BOB)
    is_page(browser.submit(browser.get(f"{provider.url}/logout"), button=("decision", "allow")))
    assert (True, True) == (is_signed_out(provider, browser), is_signed_out(provider, copy))
    is_page(elsewhere.get(f"{provider.url}/account"))


@pytest.mark.fault(1)
def test_signing_out_everywhere_ends_every_session_of_the_user(provider: Provider) -> None:
    """The account page has one button for all browsers of this user; another user stays signed in."""
    here, there, bob = (provider.sign_in(user) for user in (MALLORY, MALLORY, BOB))
    copy = here.twin()
    is_page(here.submit(here.get(f"{provider.url}/account"), button=("everywhere", "yes")))
    assert [True] * 3 == [is_signed_out(provider, browser) for browser in (here, there, copy)]
    is_page(bob.get(f"{provider.url}/account"))


@pytest.mark.fault(2)
@pytest.mark.parametrize("role", ["provider", "consumer"])
def test_an_empty_session_secret_is_refused_at_start_by_its_name(provider_framework: str, tmp_path: Path, role: str) -> None:
    """With it anybody could forge the cookie of any user: nothing is served."""
    examples = (ROOT / "frameworks" / provider_framework).glob("[cp]*/**/*.py")  # common, consumer, provider
    if not any("session_secret" in path.read_text(encoding="utf-8") for path in examples):
        pytest.skip("keeps sessions where no cookie has to be signed")
    options = {}
    if role == "consumer":
        options["providers"] = str(tmp_path / "providers.toml")
        Path(options["providers"]).write_text(
            '[a]\nprotocol = "openid"\nissuer = "https://a.example"\nclient_id = "a"\napi = "https://a.example"\nscope = "openid"\n'
        )
    server = Server(provider_framework, role, tmp_path, environ={"SESSION_SECRET": ""}, **options)
    with pytest.raises(RuntimeError, match="said ''"):
        server.start()
    assert "SESSION_SECRET: " in server.log.read_text()
