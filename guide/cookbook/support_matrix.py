"""`{support-matrix}`: each framework's status, and whose consumer signs in at whose provider, as the last run of all pairs found it."""

from __future__ import annotations

import json
from typing import Any

from sphinx.application import Sphinx

from cookbook.tables import Generated, MissingSource, table
from frameworks.manifests import ROOT, manifests

RESULTS = ROOT / "frameworks" / "interop.json"


class SupportMatrix(Generated):
    """The frameworks, and the grid of consumers and providers."""

    def markdown(self) -> str:
        """Return both tables."""
        self.env.note_dependency(str(RESULTS))
        results = json.loads(RESULTS.read_text(encoding="utf-8"))
        if results["frameworks"].keys() != manifests().keys():
            raise MissingSource(
                "frameworks/interop.json is of other frameworks: run nox -s interop"
            )
        return "\n".join([frameworks(results), grid(results)])


def frameworks(results: dict[str, Any]) -> str:
    """Return the table of frameworks: status, roles, and the versions that were run; then why some are not active."""
    known = manifests()
    rows, reasons = [], []
    for name, manifest in known.items():
        versions = ", ".join(
            f"{package} {version}"
            for package, version in results["frameworks"][name]["versions"].items()
        )
        rows.append(
            (
                f"{{ref}}`{manifest.title} <framework-{name}>`",
                manifest.status,
                manifest.kind,
                ", ".join(manifest.roles),
                versions,
            )
        )
        if manifest.reason:
            reasons.append(
                f"- {manifest.title} is {manifest.status}: {manifest.reason.rstrip('.')}. Next review: {manifest.review}."
            )
    header = ("framework", "status", "interface", "examples", "versions that were run")
    return "\n".join(
        [table(header, rows), f"They were run on Python {results['python']}.", "", *reasons, ""]
    )


def grid(results: dict[str, Any]) -> str:
    """Return the grid: a row for each consumer, a column for each provider, and what failed, by protocol."""
    titles = {name: framework["title"] for name, framework in results["frameworks"].items()}
    providers = [name for name, manifest in manifests().items() if "provider" in manifest.roles]
    rows = [
        (f"**{titles[name]}**", *(_cell(row[provider]) for provider in providers))
        for name, row in results["flows"].items()
    ]
    return table(("consumer ↓ provider →", *(titles[name] for name in providers)), rows)


def _cell(flows: dict[str, str]) -> str:
    protocols = {"oauth1": "1.0a", "openid": "OpenID"}
    if not flows:
        return "not run"
    return ", ".join(
        f"{protocols[name]} {'✓' if outcome == 'ok' else f'fails: {outcome}'}"
        for name, outcome in flows.items()
    )


def setup(app: Sphinx) -> None:
    """Add the directive."""
    app.add_directive("support-matrix", SupportMatrix)
