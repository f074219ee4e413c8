"""The guide, built once for all tests that read it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from frameworks.manifests import ROOT
from tests.driving.chromium import MISSING, launched, may_be_skipped

_ADDED = ("genindex.html", "search.html", "py-modindex.html")
STRICTLY = ("-W", "-n", "--keep-going", "-q")


@dataclass(frozen=True)
class Built:
    """The guide as pages and as a book.

    Args:
        html: the folder of the pages.
        epub: the book.
        said: what the builds had to say: nothing, when all is well.
    """

    html: Path
    epub: Path
    said: str

    @property
    def pages(self) -> list[Path]:
        """The pages that stand in the guide, without those that Sphinx adds and without files to be downloaded."""
        found = {path.relative_to(self.html) for path in self.html.rglob("*.html")}
        return sorted(self.html / path for path in found if path.parts[0] != "_downloads" and path.name not in _ADDED)


def build(guide: Path, out: Path, builder: str, doctrees: Path) -> subprocess.CompletedProcess[str]:
    """Build a guide as `nox -s docs` does, where no network is."""
    unreachable = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), "http://127.0.0.1:9")
    command = [sys.executable, "-m", "sphinx", *STRICTLY, "-d", doctrees, "-b", builder, guide, out]
    return subprocess.run(
        command, env=os.environ | unreachable, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300, check=False
    )


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The guide of this repository."""
    folder = tmp_path_factory.mktemp("guide")
    said = "".join(build(ROOT / "guide", folder / builder, builder, folder / "doctrees").stdout for builder in ("html", "epub"))
    return Built(folder / "html", next(iter((folder / "epub").glob("*.epub")), folder / "no.epub"), said)


@pytest.fixture(scope="session")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A copy of what the guide is built from, with one framework and no page but that framework's, to be changed and put back."""
    root = tmp_path_factory.mktemp("copy")
    for folder in ("shared_validator", "guide/cookbook", "frameworks/flask", "frameworks/shared"):
        shutil.copytree(ROOT / folder, root / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for file in [*(ROOT / "frameworks").glob("*.*"), *(ROOT / name for name in ("guide/conf.py", "pyproject.toml", "noxfile.py"))]:
        shutil.copy(file, root / file.relative_to(ROOT))
    noxfile = "frameworks/starter/skeleton/project/any/noxfile.py"
    (root / noxfile).parent.mkdir(parents=True)
    shutil.copy(ROOT / noxfile, root / noxfile)
    (root / "guide" / "_static").mkdir()
    for asset in ("guide.css", "guide.js", "flow.css"):
        (root / "guide" / "_static" / asset).touch()
    (root / "guide" / "reference").mkdir()
    for page in ("contract", "glossary"):
        shutil.copy(ROOT / "guide" / "reference" / f"{page}.md", root / "guide" / "reference")
    (root / "guide" / "how-to").mkdir()
    for page in ("signatures", "redirect-uris", "state"):
        (root / "guide" / "how-to" / f"debugging-{page}.md").write_text("# A page\n")
    (root / "guide" / "how-to" / "behind-a-proxy.md").write_text("(proxy-address)=\n# A page\n")
    (root / "guide" / "index.md").write_text("# A guide\n\n```{toctree}\n:glob:\n\n**\n```\n")
    yield root
    shutil.rmtree(root)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A Chromium without a window; without one the test says so and is skipped, but in CI."""
    if may_be_skipped():
        pytest.skip(MISSING)
    with launched() as browser:
        yield browser


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let one process of a parallel run build the guide, and run all tests of what it built."""
    for item in items:
        if {"built", "copy"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.xdist_group("guide"))
