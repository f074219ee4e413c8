"""The Chromium of this machine, for the tests that go through pages as a person does."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from playwright.sync_api import Browser, expect, sync_playwright

MISSING = "no Chromium found for the browser tests: install the system's package chromium, or run `playwright install chromium`"
PATIENCE = 15_000
"""How many milliseconds a page has for what is expected of it."""

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_ARGUMENTS = ("--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run")


def may_be_skipped() -> bool:
    """Say whether the tests that need a Chromium may be skipped: there is none here. In CI they fail."""
    return _path() is None and os.environ.get("CI") != "true"


@contextmanager
def launched() -> Iterator[Browser]:
    """Lend a Chromium without a window. As long as it is there, no other test of this process can run an event loop."""
    assert _path() is not None, MISSING
    sandbox = ("--no-sandbox",) if os.geteuid() == 0 else ()  # Chromium does not sandbox root
    with sync_playwright() as playwright:
        expect.set_options(timeout=PATIENCE)
        browser = playwright.chromium.launch(executable_path=_path(), args=[*_ARGUMENTS, *sandbox])
        yield browser
        browser.close()


@cache
def _path() -> str | None:
    for name in _NAMES:
        if path := shutil.which(name):
            return path
    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
    return own if Path(own).exists() else None
