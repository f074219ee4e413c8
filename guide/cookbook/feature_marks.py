"""The code that a page includes is shown without the marks of features (`frameworks/features.py`)."""

from __future__ import annotations

from docutils import nodes
from sphinx.application import Sphinx

from frameworks.features import plain


def hide(app: Sphinx, doctree: nodes.document) -> None:
    """Remove the marks from each block of code of a page."""
    for block in doctree.findall(nodes.literal_block):
        shown = plain(block.astext())
        if shown != block.astext():
            block.rawsource = shown  # without it, Sphinx would not highlight the block
            block.children = []
            block.append(nodes.Text(shown))


def setup(app: Sphinx) -> None:
    """Look at each page once it was read."""
    app.connect("doctree-read", hide)
