"""The files that belong to the project."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path


def tracked_files(folder: Path) -> list[Path]:
    """Return the files of a folder that belong to the project, including new ones."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "."]
    listed = subprocess.run(  # noqa: S603 - our own command
        command, cwd=folder, stdout=subprocess.PIPE, text=True, check=True
    ).stdout
    files = (folder / name for name in listed.split("\0") if name)
    return sorted(path for path in files if path.is_file() or path.is_symlink())


def copy_tracked(folder: Path, target: Path) -> None:
    """Copy the files of a folder that belong to the project, links as links."""
    for path in tracked_files(folder):
        copy = target / path.relative_to(folder)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, copy, follow_symlinks=False)
