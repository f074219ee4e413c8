"""Fixtures: one server for all tests, its provider, and its visitors."""

import re

import pytest

from tests.browser import Browser
from tests.provider import standing_in
from tests.server import PROJECT, serving


@pytest.fixture(scope="session")
def provider():
    """The provider to sign in with."""
    with standing_in() as provider:
        yield provider


@pytest.fixture(scope="session")
def url(provider, tmp_path_factory):
    """The application's public URL. It offers the providers of `providers.toml`, with made-up secrets, and the stand-in."""
    own = (PROJECT / "providers.toml").read_text(encoding="utf-8")
    file = tmp_path_factory.mktemp("providers") / "providers.toml"
    file.write_text(f"{own}\n{provider.table}", encoding="utf-8")
    made_up = dict.fromkeys(re.findall(r"\$\{([^{}]+)\}", own), "https://made-up.example")  # a variable may stand for a URL
    with serving(CONSUMER_PROVIDERS=str(file), **made_up) as url:
        yield url


@pytest.fixture
def browser(url):
    """The browser of a visitor."""
    with Browser(url) as browser:
        yield browser


@pytest.fixture
def signed_in(browser):
    """The browser of a signed-in user."""
    question = browser.submit(browser.get("/"), "/login/stand-in").headers["location"]
    browser.get(browser.get(question).headers["location"])
    return browser
