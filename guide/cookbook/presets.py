"""`{presets} github`: a preset as it stands in `presets.toml`, with its comments."""

from __future__ import annotations

import re

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from cookbook.tables import MissingSource
from frameworks.manifests import ROOT

PRESETS = ROOT / "shared_validator" / "consumer" / "presets.toml"


class Preset(SphinxDirective):
    """Show the tables of the presets that are named; without a name, all."""

    optional_arguments = 20

    def run(self) -> list[nodes.Node]:
        """Return the tables as a code block."""
        self.env.note_dependency(str(PRESETS))
        try:
            text = "\n\n".join(stated(name) for name in self.arguments or names())
        except MissingSource as error:
            raise self.error(str(error)) from error
        return [nodes.literal_block(text, text, language="toml")]


def names() -> list[str]:
    """Return the names of all presets, in their order."""
    return re.findall(r"^\[([\w-]+)\]$", PRESETS.read_text(encoding="utf-8"), re.MULTILINE)


def stated(name: str) -> str:
    """Return the table of a preset, as text. Raises `MissingSource`."""
    found = re.search(
        rf"^\[{re.escape(name)}\]\n(?:(?!\[).*\n)*",
        PRESETS.read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    if found is None:
        raise MissingSource(f"presets.toml has no preset {name}; it has: {', '.join(names())}")
    return found[0].rstrip()


def setup(app: Sphinx) -> None:
    """Add the directive."""
    app.add_directive("presets", Preset)
