"""Code that a page includes has no marks of features."""

import pytest
from docutils import nodes
from docutils.utils import new_document
from guide.cookbook.feature_marks import hide


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("LIST = [\n    notes,  # feature: notes\n]", "LIST = [\n    notes,\n]"),
        ("def a():\n    # feature: sqlite (begin)\n    b()", "def a():\n    b()"),
        ("<li>{# feature: notes #}\n</li>", "<li>\n</li>"),
    ],
)
def test_marks_are_not_shown(text, shown):
    """Whatever part of a file is included; Sphinx still highlights it, for its source and its text are the same."""
    document = new_document("page")
    document += nodes.literal_block(text, text, language="python")
    document += nodes.literal_block("a()", "", nodes.inline("", "a()"))
    hide(None, document)
    block, other = document.children
    assert (shown, shown) == (block.astext(), block.rawsource)
    assert isinstance(other.children[0], nodes.inline)
