"""How Sphinx builds the guide; `nox -s docs` runs it. Everything that makes a page of our sources stands in `cookbook/`."""

import sys
import tomllib
from pathlib import Path

GUIDE = Path(__file__).resolve().parent
ROOT = GUIDE.parent
sys.path[:0] = [str(ROOT), str(GUIDE)]

project = "The Python OAuth Cookbook"
author = "The authors of the Python OAuth Cookbook"
project_copyright = author
release = version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"][
    "version"
]
language = "en"

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
    "cookbook",
]
exclude_patterns = ["cookbook", "examples", "recordings"]

myst_enable_extensions = ["colon_fence", "deflist", "attrs_block", "attrs_inline"]
myst_heading_anchors = 4  # [a route](contract.md#post-options-oauth2-token)

# Every reference must lead somewhere. Other packages' documentation is elsewhere, and a build that reads it would need a network.
nitpicky = True
nitpick_ignore_regex = [("py:.*", r"(?!shared_validator\b).*|.*\._\w+")]
# Only a Provider makes the first and only a mount the second; the third is a type variable.
nitpick_ignore = [
    ("py:class", "shared_validator.tokens.TokenSigner"),
    ("py:class", "shared_validator.edge.cookies.Jar"),
    ("py:class", "shared_validator.store.repeating.Result"),
]

# What a page says in code type must exist. These paths are meant to be no routes of the contract, and these pages quote the tests.
cookbook_other_paths = [
    "//…",
    "/app",
    "/tenant",
    "/tenant/login",
    "/api/notes.json",
    "/oauth2/token/",
    "/provider/default/login",
]
cookbook_quoting_pages = ["reference/rfc-tests"]

autodoc_typehints = "signature"
autodoc_preserve_defaults = (
    True  # `environ=os.environ`, and not what stands in it where the guide is built
)
autodoc_member_order = "bysource"
napoleon_numpy_docstring = False

html_theme = "furo"
html_title = project
html_static_path = ["_static"]
html_css_files = ["guide.css"]
html_js_files = ["guide.js"]
html_copy_source = False
html_show_sourcelink = False
copybutton_exclude = ".linenos, .gp, .go"
pygments_style = "a11y-high-contrast-light"
pygments_dark_style = "a11y-high-contrast-dark"

epub_basename = "python-oauth-cookbook"
epub_description = (
    "OAuth for Python web applications: a tutorial, recipes, explanations and the reference"
)
epub_show_urls = "no"
