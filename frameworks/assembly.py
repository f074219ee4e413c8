"""Puts an example together: `nox -s copy -- FRAMEWORK ROLE FOLDER`.

An example is the folder of its role, plus the files that both roles of its framework need
(`frameworks/<framework>/common/`), plus those that its manifest takes from `frameworks/shared/`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from frameworks.features import plain
from frameworks.manifests import ROLES, Manifest, ManifestError, manifests


def files(manifest: Manifest, role: str) -> dict[str, Path]:
    """Return the files of an example.

    Args:
        manifest: the framework.
        role: `provider` or `consumer`.

    Returns:
        The file to copy for each path of the example, sorted by path.

    Raises:
        ManifestError: two files have the same path, or the manifest takes a shared file that does
            not exist.
    """
    found: dict[str, Path] = {}
    for path, source in _sources(manifest, role):
        if path in found:
            raise ManifestError(
                f"{manifest.name}: {found[path]} and {source} are both {role}/{path}"
            )
        found[path] = source
    return dict(sorted(found.items()))


def _sources(manifest: Manifest, role: str) -> Iterator[tuple[str, Path]]:
    for folder in (manifest.folder / role, manifest.folder / "common"):
        for source in folder.rglob("*"):
            if source.is_file() and "__pycache__" not in source.parts:
                yield source.relative_to(folder).as_posix(), source
    for path in manifest.shared.get(role, ()):
        source = manifest.folder.parent / "shared" / Path(path).name
        if not source.is_file():
            raise ManifestError(f"{manifest.name}: shared names {path}, but {source} is missing")
        yield path, source


def assemble(manifest: Manifest, role: str, target: Path) -> None:
    """Write an example into a folder, without the marks of its features.

    Args:
        manifest: the framework.
        role: `provider` or `consumer`.
        target: the folder; it is created if it does not exist.

    Raises:
        ManifestError: as `files` does.
    """
    for path, source in files(manifest, role).items():
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        (target / path).write_bytes(_content(source))


def _content(source: Path) -> bytes:
    content = source.read_bytes()
    return plain(content.decode()).encode() if b"# feature: " in content else content


def main() -> int:
    """Copy the example that the command line names, and return the exit status."""
    try:
        known = manifests()
        parser = argparse.ArgumentParser(prog="nox -s copy --", description="Copy an example.")
        parser.add_argument("framework", choices=list(known))
        parser.add_argument("role", choices=ROLES)
        parser.add_argument("folder", type=Path, help="a new or an empty folder")
        options = parser.parse_args()
        manifest = known[options.framework]
        if options.role not in manifest.roles:
            parser.error(f"{manifest.name} has no {options.role}")
        if options.folder.exists() and (options.folder.is_file() or any(options.folder.iterdir())):
            parser.error(f"{options.folder} exists and is not an empty folder; name a new one")
        assemble(manifest, options.role, options.folder)
    except (ManifestError, OSError) as error:
        print(error, file=sys.stderr)  # noqa: T201 - one line for a person
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
