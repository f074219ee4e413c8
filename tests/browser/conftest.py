"""One Chromium and one pair of servers for all the browser tests of a framework. Without a Chromium they skip, in one line."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from frameworks.manifests import ROLES
from tests.browser.examples import Examples, serve
from tests.browser.visiting import watch
from tests.driving.frameworks import having

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_ARGUMENTS = ("--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run")
_MISSING = "no Chromium found for the browser tests: install the system's package chromium, or run `playwright install chromium`"
PATIENCE = 15_000

OpenBrowser = Callable[..., Page]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without a browser, let one test stand for all, and skip. In CI they fail."""
    ours = [item for item in items if item.path.parent == Path(__file__).parent]
    if ours and _chromium_path() is None and os.environ.get("CI") != "true":
        ours[0].add_marker(pytest.mark.skip(f"{_MISSING} ({len(ours)} tests)"))
        config.hook.pytest_deselected(items=ours[1:])
        items[:] = [item for item in items if item not in ours[1:]]


@cache
def _chromium_path() -> str | None:
    for name in _NAMES:
        if path := shutil.which(name):
            return path
    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
    return own if Path(own).exists() else None


# Not for the whole session: as long as Playwright is there, no other test of this process can run an event loop.
@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """A Chromium without a window."""
    assert _chromium_path() is not None, _MISSING
    sandbox = ("--no-sandbox",) if os.geteuid() == 0 else ()  # Chromium does not sandbox root
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_chromium_path(), args=[*_ARGUMENTS, *sandbox])
        yield browser
        browser.close()


@pytest.fixture(scope="package", params=[pytest.param(name, marks=pytest.mark.xdist_group(f"browser {name}")) for name in having(*ROLES)])
def framework(request: pytest.FixtureRequest) -> str:
    """Each framework that has both roles; the tests of one run in the one process that has its servers and a browser."""
    name: str = request.param
    return name


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
