"""One Chromium and one pair of servers for all the browser tests of a framework. Without a Chromium they skip, in one line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from frameworks.manifests import ROLES
from tests.browser.examples import Examples, serve
from tests.browser.visiting import watch
from tests.driving.chromium import MISSING, PATIENCE, launched, may_be_skipped
from tests.driving.frameworks import having, tier_of

OpenBrowser = Callable[..., Page]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run each test for each framework that has both roles and the test's tier, in the one process that has its servers and a browser."""
    if "framework" in metafunc.fixturenames:
        names = having(*ROLES, tier=tier_of(metafunc))
        groups = [pytest.param(name, marks=pytest.mark.xdist_group(f"browser {name}")) for name in names]
        metafunc.parametrize("framework", groups, scope="package")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without a browser, let one test stand for all, and skip. In CI they fail."""
    ours = [item for item in items if item.path.parent == Path(__file__).parent]
    if ours and may_be_skipped():
        ours[0].add_marker(pytest.mark.skip(f"{MISSING} ({len(ours)} tests)"))
        config.hook.pytest_deselected(items=ours[1:])
        items[:] = [item for item in items if item not in ours[1:]]


# Not for the whole session: as long as Playwright is there, no other test of this process can run an event loop.
@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """A Chromium without a window."""
    with launched() as browser:
        yield browser


@pytest.fixture(scope="package")
def examples(chromium: Browser, framework: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Examples]:
    """A framework's provider and consumer."""
    with serve(framework, tmp_path_factory.mktemp(f"browser-{framework}")) as examples:
        yield examples


@pytest.fixture
def open_browser(chromium: Browser) -> Iterator[OpenBrowser]:
    """Open a fresh browser of somebody who has been nowhere yet. At the end: no page did what no page may do."""
    opened, complaints = [], []

    def new_page(**options: Any) -> Page:
        context = chromium.new_context(**options)
        context.set_default_timeout(PATIENCE)
        opened.append(context)
        complaints.append(watch(context))
        return context.new_page()

    yield new_page
    for context in opened:
        context.close()
    assert [] == [complaint for found in complaints for complaint in found]


@pytest.fixture
def page(open_browser: OpenBrowser) -> Page:
    """A page in a fresh browser."""
    return open_browser()
