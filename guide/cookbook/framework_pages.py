"""A page for each framework, from its `guide.md`: written when a build starts, so that nobody lists frameworks or copies a recipe."""

from __future__ import annotations

import re
from pathlib import Path

from sphinx.application import Sphinx

from frameworks.assembly import files
from frameworks.manifests import ROOT, Manifest, manifests

_INCLUDE = re.compile(r"^(```\{literalinclude\} )(?!/)", re.MULTILINE)
_WRONG = """
## What can go wrong

- `the consumer key, the token or the signature is not valid`, with 401 → the request was altered on its way to the signature check, or was
  signed for another URL → [](../debugging-signatures.md).
- "Mismatching redirect URI." → the client sends another one than it registered → [](../debugging-redirect-uris.md).
- "This sign-in was started in another browser, or its cookie is gone. Please start again." → the session that began the sign-in did not
  come back → [](../debugging-state.md).
- "This form is out of date" → the page was open for too long, or a page of your own lacks the hidden field `csrf_token` → reload it; put
  the field into each form.
- {route}`/healthz` answers 503 → the database cannot be reached → look at `DATABASE_URL`, and whether the database runs.
"""
_LINK = re.compile(r"\]\(\.\./CONTRACT\.md")


def write_pages(app: Sphinx) -> None:
    """Write `how-to/frameworks/<name>.md` for each framework, and delete the pages of those that are gone."""
    folder = Path(app.srcdir) / "how-to" / "frameworks"
    folder.mkdir(parents=True, exist_ok=True)
    pages = {folder / f"{name}.md": page(manifest) for name, manifest in manifests().items()}
    for path in set(folder.glob("*.md")) - set(pages):
        path.unlink()
    for path, text in pages.items():
        if (
            not path.exists() or path.read_text(encoding="utf-8") != text
        ):  # an unchanged file is not read again
            path.write_text(text, encoding="utf-8")


def page(manifest: Manifest) -> str:
    """Return the page of a framework: its guide, with paths as the guide's root sees them, after where the example is."""
    text = (manifest.folder / "guide.md").read_text(encoding="utf-8")
    text = _INCLUDE.sub(rf"\1/../frameworks/{manifest.name}/", text)
    text = _LINK.sub("](../../reference/contract.md", text)
    title, _, rest = text.partition("\n")
    return f"(framework-{manifest.name})=\n{title}\n{rest}\n{where(manifest)}{_WRONG}"


def where(manifest: Manifest) -> str:
    """Return the section that leads from the prose to the whole example and its starter projects."""
    lines = ["## The whole example", ""]
    if manifest.reason:
        lines += [
            f"This framework is {manifest.status}: {manifest.reason.rstrip('.')}. Next review: {manifest.review}.",
            "",
        ]
    for role in manifest.roles:
        shown = [(name, path) for name, path in files(manifest, role).items() if _is_shown(path)]
        links = ", ".join(_download(name, path) for name, path in shown)
        lines += [f"The files of the {role}: {links}. To copy them into a new folder:", ""]
        lines += [f"```sh\nnox -s copy -- {manifest.name} {role} FOLDER\n```", ""]
    for role in manifest.roles:
        template = f"cookiecutter-templates/{manifest.name}-{role}"
        if (ROOT / template).is_dir():
            lines += [
                f"To start a {role} of your own from it, with its tests, settings and pages:",
                f"\n```sh\npipx run cookiecutter REPOSITORY --directory {template}\n```\n",
                "`REPOSITORY` is the URL of this repository, or the path of a clone.\n",
            ]
    return "\n".join(lines)


def _is_shown(path: Path) -> bool:
    return path.suffix in {".py", ".spt"} and path.stat().st_size > 0


def _download(name: str, path: Path) -> str:
    return f"{{download}}`{name} </../{path.relative_to(ROOT)}>`"


def setup(app: Sphinx) -> None:
    """Write the pages before Sphinx looks which pages there are."""
    app.connect("builder-inited", write_pages)
