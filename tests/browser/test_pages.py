"""What holds for every page in every state: accessible, readable in both colour schemes, on a small screen and by keyboard."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.browser.examples import Examples
from tests.browser.tour import tour
from tests.browser.visiting import watch
from tests.driving.chromium import PATIENCE

pytestmark = pytest.mark.tier("core")  # examples have the shared templates, and nothing else to look at

SCHEMES = ("light", "dark")
NARROW, WIDE = {"width": 320, "height": 640}, {"width": 1280, "height": 800}

_STRUCTURE = """() => ({
    title: document.title,
    lang: document.documentElement.lang,
    levels: [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")].map(heading => Number(heading.tagName[1])),
    unlabelled: [...document.querySelectorAll("input:not([type=hidden]), textarea, select")].filter(field => !field.labels.length)
        .map(field => field.outerHTML),
    focusable: document.querySelectorAll("a[href], button, input:not([type=hidden]), textarea, select").length,
})"""
_AXE = Axe().axe_script
_OVERFLOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
_FOCUSED = """() => {
    const focused = document.activeElement, style = getComputedStyle(focused);
    return {element: focused.outerHTML, seen: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2};
}"""


@dataclass
class Look:
    """What a look at one state of a page has found."""

    structure: dict[str, Any]
    violations: list[str] = field(default_factory=list)
    overflows: list[str] = field(default_factory=list)
    unseen_focus: list[str] = field(default_factory=list)
    not_reached: int = 0


@pytest.fixture(scope="package")
def toured(chromium: Browser, examples: Examples) -> Iterator[tuple[dict[str, Look], list[str]]]:
    """The tour of all pages, taken once: what each look has found, and what the browser complained about meanwhile."""
    with chromium.new_context(viewport=WIDE) as context:
        context.set_default_timeout(PATIENCE)
        complaints = watch(context)
        page = context.new_page()
        yield {state: _look(page) for state in tour(page, examples)}, complaints


def _look(page: Page) -> Look:
    look = Look(page.evaluate(_STRUCTURE))
    page.evaluate(_AXE)
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        found = page.evaluate("axe.run({resultTypes: ['violations']})")["violations"]
        look.violations += [f"{scheme}: {one['id']}: {node['html']}" for one in found for node in one["nodes"]]
        page.set_viewport_size(NARROW)
        if page.evaluate(_OVERFLOW) > 0:
            look.overflows.append(scheme)
        page.set_viewport_size(WIDE)
    reached = set()
    for _ in range(look.structure["focusable"]):
        page.keyboard.press("Tab")
        focused = page.evaluate(_FOCUSED)
        reached.add(focused["element"])
        if not focused["seen"]:
            look.unseen_focus.append(focused["element"])
    look.not_reached = look.structure["focusable"] - len(reached)
    return look


@pytest.fixture
def looks(toured: tuple[dict[str, Look], list[str]]) -> dict[str, Look]:
    """What was found in each state."""
    return toured[0]


def test_axe_finds_no_violation_in_either_colour_scheme(looks: dict[str, Look]):
    """Names, roles, landmarks and contrasts hold, as far as axe can tell, in light and dark."""
    assert {} == {state: look.violations for state, look in looks.items() if look.violations}


def test_no_page_scrolls_sideways_at_320_pixels(looks: dict[str, Look]):
    """Everything fits a narrow screen, or 400 % zoom (WCAG 2.2 §1.4.10)."""
    assert {} == {state: look.overflows for state, look in looks.items() if look.overflows}


def test_every_page_has_a_title_and_a_language(looks: dict[str, Look]):
    """A tab, a history and a screen reader can tell the pages apart (WCAG 2.2 §2.4.2, §3.1.1)."""
    assert {} == {state: look.structure for state, look in looks.items() if not look.structure["title"] or look.structure["lang"] != "en"}


def test_every_page_has_one_first_heading_and_skips_no_level(looks: dict[str, Look]):
    """The headings are the page's outline (WCAG 2.2 §1.3.1)."""
    assert {} == {state: look.structure["levels"] for state, look in looks.items() if not _in_order(look.structure["levels"])}


def _in_order(levels: list[int]) -> bool:
    deeper = [after - before for before, after in pairwise(levels)]
    return levels[:1] == [1] and levels.count(1) == 1 and max(deeper, default=0) <= 1


def test_every_field_has_a_label(looks: dict[str, Look]):
    """What to type stands beside the field, not only inside it (WCAG 2.2 §3.3.2)."""
    assert {} == {state: look.structure["unlabelled"] for state, look in looks.items() if look.structure["unlabelled"]}


def test_the_keyboard_reaches_everything_and_shows_where_it_is(looks: dict[str, Look]):
    """Each link, field and button can be reached by Tab, and has an outline then (WCAG 2.2 §2.1.1, §2.4.7)."""
    assert {} == {state: look for state, look in looks.items() if look.unseen_focus or look.not_reached}


def test_no_page_causes_an_error_or_asks_another_host(toured: tuple[dict[str, Look], list[str]]):
    """No error in the console, no violated Content-Security-Policy, no script, and nothing from elsewhere, on any page."""
    assert [] == toured[1]
