"""The page for The Hitchhiker's Guide to Python is plain reST, builds there as it builds here, and links to pages that exist."""

import re
import subprocess
import sys

import pytest

from frameworks.manifests import ROOT

PAGE = ROOT / "guide" / "python-guide" / "oauth.rst"
SOURCE = PAGE.read_text(encoding="utf-8")
BASE = "https://python-oauth-cookbook.example/"

# What that guide uses of docutils and Sphinx.
DIRECTIVES = {
    *("code-block", "csv-table", "image", "include", "meta", "note", "raw", "rubric"),
    *("testcode", "testoutput", "toctree", "todo", "warning"),
}
ROLES = {"class", "code", "doc", "envvar", "file", "mod", "pep", "program", "ref"}
CONF = """
project = "pythonguide"
extensions = ["sphinx.ext.ifconfig", "sphinx.ext.todo", "sphinx.ext.intersphinx", "sphinx.ext.doctest"]
source_suffix = ".rst"
master_doc = "index"
html_theme = "alabaster"
todo_include_todos = True
"""


def test_it_uses_nothing_that_the_guide_does_not_use():
    """Each directive and each role is one that is there already, so no extension is needed."""
    assert DIRECTIVES >= set(re.findall(r"^\s*\.\. ([\w:-]+)::", SOURCE, re.MULTILINE))
    assert ROLES >= set(re.findall(r":([\w:+-]+):`", SOURCE))


@pytest.mark.parametrize("listed", [True, False], ids=["in the table of contents", "not yet"])
def test_it_builds_without_a_warning_where_that_guide_is_built(tmp_path, listed):
    """In a project with that guide's extensions and nothing else, warnings are errors and references are checked."""
    (tmp_path / "conf.py").write_text(CONF)
    contents = "Contents\n========\n" + ("\n.. toctree::\n\n   oauth\n" if listed else "")
    (tmp_path / "index.rst").write_text(contents)
    (tmp_path / "oauth.rst").write_text(SOURCE, encoding="utf-8")
    command = [sys.executable, "-m", "sphinx", "-W", "-n", "-q", "-b", "html", str(tmp_path), str(tmp_path / "html")]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (0, "") == (built.returncode, built.stderr)
    assert "<h1>OAuth" in (tmp_path / "html" / "oauth.html").read_text(encoding="utf-8")


def test_its_links_into_this_guide_lead_to_pages():
    """Each begins with the one base, and goes on with a page of ours by its title."""
    links = dict(re.findall(rf"^\.\. _(.+?): {re.escape(BASE)}(\S*)$", SOURCE, re.MULTILINE))
    assert "" == links.pop("Python OAuth Cookbook")
    assert links
    for title, path in links.items():
        page = (ROOT / "guide" / path).with_suffix(".md").read_text(encoding="utf-8")
        assert page.startswith(f"# {title}\n"), path


def test_its_lines_are_as_long_as_that_guide_wants_them():
    """78 characters for prose, 70 for code, but for what cannot be broken."""
    lines = [line for line in SOURCE.splitlines() if "://" not in line]
    assert [] == [line for line in lines if len(line) > 78]
    assert [] == [line for line in lines if line.startswith("    ") and len(line) > 4 + 70]
