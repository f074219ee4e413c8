"""What the directives share: they make Markdown out of the sources, and a source that is not as they expect fails the build."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Sequence

from docutils import nodes
from sphinx.util.docutils import SphinxDirective


class MissingSource(LookupError):
    """What a page wants to show is not there; the message says what."""


class Generated(SphinxDirective):
    """A directive whose content is made from the sources, as Markdown."""

    @abstractmethod
    def markdown(self) -> str:
        """Return what stands in the directive's place. Raises `MissingSource`."""

    def run(self) -> list[nodes.Node]:
        """Return the nodes of the Markdown, or fail the build."""
        try:
            text = self.markdown()
        except MissingSource as error:
            raise self.error(f"{self.name}: {error}") from error
        return self.parse_text_to_nodes(text, allow_section_headings=True)


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table.

    Raises:
        MissingSource: it has no rows, so what it is made from has gone.
    """
    lines = ["| " + " | ".join(_cell(cell) for cell in row) + " |" for row in rows]
    if not lines:
        raise MissingSource(f"nothing was found for the table of {', '.join(header)}")
    return "\n".join(["| " + " | ".join(header) + " |", "|---" * len(header) + "|", *lines, ""])


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def prose(docstring: str) -> str:
    """Return reStructuredText as our docstrings use it as Markdown: only the double backticks differ."""
    return docstring.replace("``", "`")
