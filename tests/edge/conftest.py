"""Serves each framework's provider as it is, with an echo endpoint and an echo page added from outside."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from frameworks.browser import cookie_header
from tests.driving.browser import Browser
from tests.driving.frameworks import having
from tests.driving.serving import Server
from tests.edge.probe import Place

SITE = Path(__file__).parent / "site"


def pytest_itemcollected(item: pytest.Item) -> None:
    """Let one process ask one framework's server: it is started once."""
    item.add_marker(pytest.mark.xdist_group(f"edge of {item.callspec.params['framework']}"))  # type: ignore[attr-defined]


@pytest.fixture(scope="session", params=having("provider"))
def framework(request: pytest.FixtureRequest) -> str:
    """Each framework that has a provider."""
    name: str = request.param
    return name


@pytest.fixture(scope="session")
def server(framework: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The served provider."""
    server = Server(framework, "provider", tmp_path_factory.mktemp(framework), environ={"PYTHONPATH": str(SITE)}).start()
    yield server
    assert 0 == server.stop()
    assert "Traceback" not in server.log.read_text()


@pytest.fixture(scope="session")
def endpoint(server: Server) -> Place:
    """The echo endpoint: what the server and the mount make of a request."""
    return Place(server.url, "/echo")


@pytest.fixture(scope="session")
def page(server: Server) -> Place:
    """The echo page, with a CSRF token: what the framework makes of a request."""
    browser = Browser()
    form = browser.get(f"{server.url}/echoes")
    assert 200 == form.status_code, f"/echoes, a page of `provider.pages`: {form.status_code} {form.text[:200]}"
    (jar,) = browser.cookies.values()
    return Place(server.url, "/echoes", cookie_header(jar), f"csrf_token={form.json()['csrf_token']}&".encode())


@pytest.fixture(params=["endpoint", "page"])
def place(request: pytest.FixtureRequest, framework: str) -> Place:
    """Both."""
    found: Place = request.getfixturevalue(request.param)
    return found
