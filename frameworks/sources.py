"""The source of a framework that no package index has: your own folder, or a cached download."""

from __future__ import annotations

import fcntl
import hashlib
import http.client
import os
import shutil
import tarfile
import tempfile
import urllib.request
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_SECONDS = 5


class SourceError(Exception):
    """The source is missing; the message is one line with the reason and what to do."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """The source of a framework.

    Args:
        variable: the environment variable for its folder. You may set it, and the example reads it.
        archive: the URL of a `.tar.gz` of one commit, with all files in one folder.
        keep: the only subfolder to keep.
        sha256: the digest of the files that are kept, see `digest`. The archive's own digest can
            change when it is packed again.
    """

    variable: str
    archive: str
    keep: str
    sha256: str


def find(source: Source, environ: Mapping[str, str] = os.environ) -> Path:
    """Return the folder of the framework. Download it first if necessary.

    Raises:
        SourceError: it is not where the variable says, cannot be downloaded, or has another digest.
    """
    if given := environ.get(source.variable):
        folder = Path(given).resolve()
        if not (folder / source.keep).is_dir():
            raise SourceError(f"{source.variable}: there is no folder {source.keep} in {folder}")
        return folder
    cache = Path(environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "python-oauth-cookbook"
    folder = cache / source.sha256
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with (cache / f"{source.sha256}.lock").open("w") as lock:
            fcntl.flock(
                lock, fcntl.LOCK_EX
            )  # two servers may need it at once; the lock ends with the process that holds it
            if not folder.exists():
                _fill(source, folder)
    except (
        OSError,
        http.client.HTTPException,
        tarfile.TarError,
        zlib.error,
        EOFError,
        ValueError,
    ) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise SourceError(
            f"{source.archive} cannot be had ({reason}): connect, or set {source.variable} to a folder that has it, {source.keep} in it"
        ) from error
    return folder


def digest(folder: Path) -> str:
    """Return the SHA-256 of a folder: of each file's path, length and content, in path order."""
    found = hashlib.sha256()
    for path in sorted(
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()
    ):
        content = (folder / path).read_bytes()
        found.update(f"{path}\0{len(content)}\0".encode() + content)
    return found.hexdigest()


def _fill(source: Source, folder: Path) -> None:
    """Create the folder in one step: it is complete, or it doesn't exist."""
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix="unpacking-") as name:
        unpacked = Path(name) / "source"
        with tempfile.TemporaryFile() as archive:
            with urllib.request.urlopen(source.archive, timeout=_SECONDS) as answer:  # noqa: S310 - the manifest's own URL
                shutil.copyfileobj(answer, archive)
            archive.seek(0)
            with tarfile.open(fileobj=archive, mode="r:gz") as members:
                for member in members:
                    # The first folder is named after the commit.
                    _, _, path = member.name.partition("/")
                    if path.startswith(f"{source.keep}/") and member.isfile():
                        members.extract(member.replace(name=path), unpacked, filter="data")
        found = digest(unpacked)
        if found != source.sha256:
            raise ValueError(f"its content has the SHA-256 {found}, not {source.sha256}")
        unpacked.rename(folder)
