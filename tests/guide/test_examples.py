"""The recipes of the guide do what their pages say."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from frameworks.manifests import ROOT, manifests
from shared_validator.consumer.providers import read_providers
from tests.guide.recipes import EXAMPLES, FIRST, POSTGRESQL, file_of, printed, recipes, steps


@pytest.mark.parametrize("recipe", [name for name in recipes() if name != POSTGRESQL])
def test_a_recipe_prints_what_its_page_shows(recipe: str, tmp_path: Path) -> None:
    """What a reader types is run as it stands. ``python -m tests.guide.recipes`` renews the output."""
    assert _shown(recipe) == printed(recipe, tmp_path)


def test_the_postgresql_recipe_prints_what_its_page_shows(tmp_path: Path, new_postgresql_database: Callable[[], str]) -> None:
    """On a real PostgreSQL."""
    assert _shown(POSTGRESQL) == printed(POSTGRESQL, tmp_path, DATABASE_URL=new_postgresql_database())


def _shown(recipe: str) -> dict[str, str]:
    names = [f"{step.parent.name}/{step.stem}" for step in (*steps(FIRST), *steps(recipe))]
    return {name: file_of(name).read_text(encoding="utf-8") if file_of(name).exists() else "" for name in names}


@pytest.mark.parametrize("recipe", [FIRST, *recipes()])
def test_a_page_shows_every_step_and_what_it_prints(recipe: str) -> None:
    """A reader who follows the page does what the test does."""
    pages = "".join(page.read_text(encoding="utf-8") for page in (ROOT / "guide" / "how-to").glob("*.md"))
    included = set(re.findall(r"\{literalinclude\} /examples/(\S+)", pages))
    assert set() == {str(path.relative_to(EXAMPLES)) for path in (EXAMPLES / recipe).iterdir() if path.is_file()} - included


@pytest.mark.parametrize("file", ["providers.toml", "variants.toml"])
def test_the_providers_files_are_accepted(file: str) -> None:
    """Each table that a page shows, with a secret for each variable in it."""
    path = EXAMPLES / "sign-in" / file
    text = path.read_text(encoding="utf-8")
    found = read_providers(str(path), dict.fromkeys(re.findall(r"\$\{(\w+)\}", text), "made-up"))
    assert re.findall(r"^\[([\w-]+)\]$", text, re.MULTILINE) == list(found)


def test_each_framework_says_how_to_run_it_in_production() -> None:
    """The page about proxies leads to that part of each framework's page."""
    for manifest in manifests().values():
        assert "## In production" in (manifest.folder / "guide.md").read_text(encoding="utf-8")
