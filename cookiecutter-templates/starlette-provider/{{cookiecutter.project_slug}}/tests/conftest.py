"""Fixtures: one server for all tests, and its visitors."""

import json

import httpx2
import pytest

from tests.browser import Browser
from tests.registered import PERSON, SEED
from tests.server import serving

LOAD_SEED = ["-m", "shared_validator", "seed"]


@pytest.fixture(scope="session")
def url(tmp_path_factory):
    """The provider's public URL, its issuer."""
    file = tmp_path_factory.mktemp("seed") / "seed.json"
    file.write_text(json.dumps(SEED))
    with serving([*LOAD_SEED, str(file)]) as url:
        yield url


@pytest.fixture
def browser(url):
    """The browser of a visitor."""
    with Browser(url) as browser:
        yield browser


@pytest.fixture
def signed_in(browser):
    """The browser of a signed-in user."""
    browser.submit(browser.get("/login"), username=PERSON["username"], password=PERSON["password"])
    return browser


@pytest.fixture(scope="session")
def client(url):
    """The application's own connection to the provider, which has no user's cookies."""
    with httpx2.Client(base_url=url, trust_env=False) as client:
        yield client
