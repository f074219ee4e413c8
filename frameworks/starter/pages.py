"""The shared pages of a role, which are in the `templates/` of a starter project."""

from __future__ import annotations

from collections.abc import Iterator

from jinja2 import Environment, meta

from frameworks.manifests import ROOT

FOLDER = ROOT / "shared_validator" / "pages" / "templates"
STYLESHEET = "style.css"


def pages_of(role: str) -> list[str]:
    """Return the names of a role's pages, of the files that they use, and of the stylesheet."""
    names = {path.name for path in FOLDER.glob("*.html")}
    of_consumers = {name for name in names if name.startswith("consumer_")}
    shown = (
        of_consumers
        if role == "consumer"
        else {name for name in names - of_consumers if not name.startswith("_")}
    )
    return sorted(
        {STYLESHEET, "error.html", *shown, *(other for name in shown for other in _used(name))}
    )


def _used(name: str) -> Iterator[str]:
    for other in meta.find_referenced_templates(
        _environment.parse((FOLDER / name).read_text(encoding="utf-8"))
    ):
        if other is not None:
            yield other
            yield from _used(other)


_environment = Environment(extensions=["jinja2.ext.i18n"], autoescape=True)
