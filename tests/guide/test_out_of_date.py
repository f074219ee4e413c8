"""What a page shows or names cannot go without the page: in a copy of the repository, each change of the sources makes the build fail."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.guide.conftest import build

FLASK = "frameworks/flask/provider/app.py"
# What is changed where, and what the build says of the page of Flask, which nobody touched.
RENAMED = {
    "a function": (FLASK, r"\brequires\b", "needs", "Object named 'requires' not found"),
    "a line that an inclusion begins at": (
        FLASK,
        r"SCOPES = \{",
        "WORDS = {",
        "start-at pattern not found: SCOPES = {",
    ),
    "a setting": ("shared_validator/settings.py", r"\bissuer\b", "public_url", "there is no setting OAUTH_ISSUER"),
    "a route": ("frameworks/CONTRACT.md", "/oauth2/authorize", "/oauth2/ask", "the contract has no route /oauth2/authorize"),
    "a command": ("shared_validator/cli.py", '"prune"', '"clean"', "has no command prune"),
}
# What a page says, and what the build says of it.
MISSING = {
    "```{presets} nobody\n```": "presets.toml has no preset nobody",
    "```{settings} provider OAUTH_NOTHING\n```": "the provider has no setting OAUTH_NOTHING",
    "```{command} python -m shared_validator polka\n```": "ended with the status 2, not 0",
    "```{errors} of-others\n```": "there are tables of codes",
    "```{unheard-of}\n```": "Unknown directive type: 'unheard-of'",
    "```{literalinclude} /../frameworks/flask/provider/nothing.py\n```": "provider/nothing.py' not found",
    "{route}`GET /oauth2/token`": "the contract has no route GET /oauth2/token of the provider",
    "{route}`consumer /oauth2/token`": "the contract has no route consumer /oauth2/token of the consumer",
    "{term}`unheard-of`": "term not in glossary: 'unheard-of'",
    "{py:obj}`shared_validator.nothing`": "py:obj reference target not found: shared_validator.nothing",
    "[nothing](reference/nothing.md)": "cross-reference target not found: 'reference/nothing.md'",
    "`frameworks/flask/nothing.py`": "there is no file frameworks/flask/nothing.py",
    "`shared_validator/settings.py::test_nothing`": "there is no test shared_validator/settings.py::test_nothing",
    "`shared_validator.provider.Nothing`": "there is no shared_validator.provider.Nothing",
    "`POST /.well-known/jwks.json`": "the contract has no route POST /.well-known/jwks.json",
    "```sh\nnox -s nothing\n```": "nox has no session nothing",
}


def failure(copy: Path, folder: Path) -> str:
    """Build the copy, and return what a failed build said; nothing when it did not fail."""
    ended = build(copy / "guide", folder / "out", "dummy", folder / "doctrees")
    assert (ended.returncode != 0) == bool(ended.stdout), ended.stdout
    return " ".join(ended.stdout.split())


def test_the_copy_builds_as_it_is(copy: Path, tmp_path: Path) -> None:
    """So what fails below fails because of the change."""
    assert "" == failure(copy, tmp_path)


@pytest.fixture(scope="module")
def said_of_renamed(copy: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """What the build says when all of it is renamed."""
    before = {copy / file: (copy / file).read_text(encoding="utf-8") for file, *_ in RENAMED.values()}
    for file, old, new, _said in RENAMED.values():
        text = (copy / file).read_text(encoding="utf-8")
        assert re.search(old, text), file
        (copy / file).write_text(re.sub(old, new, text), encoding="utf-8")
    said = failure(copy, tmp_path_factory.mktemp("renamed"))
    for path, text in before.items():
        path.write_text(text, encoding="utf-8")
    return said


@pytest.mark.parametrize("renamed", RENAMED)
def test_what_a_page_shows_or_names_cannot_be_renamed_without_it(said_of_renamed: str, renamed: str) -> None:
    """The build ends with an error that names what is missing."""
    assert RENAMED[renamed][-1] in said_of_renamed


@pytest.fixture(scope="module")
def said_of_missing(copy: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """What the build says of a page with all of it."""
    page = copy / "guide" / "page.md"
    page.write_text("\n\n".join(["# A page", *MISSING]), encoding="utf-8")
    said = failure(copy, tmp_path_factory.mktemp("missing"))
    page.unlink()
    return said


@pytest.mark.parametrize("markdown", MISSING)
def test_what_is_not_there_cannot_be_shown_or_named(said_of_missing: str, markdown: str) -> None:
    """A directive, a role or a mention that finds nothing is an error, not an empty place."""
    assert MISSING[markdown] in said_of_missing
