"""`{contract}`: the contract of an example as a page, each route a target; `{route}` names one of its routes and leads there."""

from __future__ import annotations

import re

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxRole

from cookbook.tables import Generated
from frameworks.contract import CONTRACT, routes
from frameworks.manifests import ROLES

_SOURCE = re.compile(r"\[(`[^`]+`)\]\(\.\./[^)]+\)")


class Contract(Generated):
    """The text of the contract below its title, for a page that has a title of its own."""

    def markdown(self) -> str:
        """Return the contract, with a target before each route."""
        self.env.note_dependency(str(CONTRACT))
        lines, section = [], ""
        for line in CONTRACT.read_text(encoding="utf-8").partition("\n")[2].splitlines():
            if line.startswith("## "):
                section = line[3:].lower()
            elif line.startswith("### "):
                lines.append(f"({label(section, line.rpartition(' ')[2])})=")
                line = line.replace("<", "\\<")  # noqa: PLW2901 - Markdown would take a placeholder for HTML
            lines.append(_SOURCE.sub(r"\1", line))
        return "\n".join(lines)


class Route(SphinxRole):
    """A route of the provider, as `POST /oauth2/token` or `/oauth2/token`; one of the consumer, as `consumer GET /profile`."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Return a link to the route in the contract; one that the contract does not have fails the build."""
        words = self.text.split()
        role = words.pop(0) if words[0] in ROLES else "provider"
        path, methods = words[-1], {method for method, path in routes(role) if path == words[-1]}
        if not methods or not set(words[:-1]) <= methods:
            message = self.inliner.reporter.error(
                f"the contract has no route {self.text} of the {role}", line=self.lineno
            )
            return [nodes.problematic(self.rawtext, self.rawtext)], [message]
        shown = " ".join(words)
        reference = addnodes.pending_xref(
            shown,
            nodes.literal(shown, shown),
            refdomain="std",
            reftype="ref",
            reftarget=label(role, path),
            refexplicit=True,
            refwarn=True,
        )
        reference["refdoc"] = self.env.docname
        return [reference], []


def label(role: str, path: str) -> str:
    """Return the target of a route."""
    return f"route-{role}{re.sub(r'[^a-z0-9]+', '-', path)}".rstrip("-")


def setup(app: Sphinx) -> None:
    """Add the directive and the role."""
    app.add_directive("contract", Contract)
    app.add_role("route", Route())
