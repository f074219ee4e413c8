"""An environment of each framework's own: it holds what its manifest names and the shared project, nothing else.

What an example forgot to name is then missing at once, and not first for the person who copies it.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import json
import os
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Sequence
from pathlib import Path

from frameworks.manifests import ROOT, Manifest

CONSTRAINTS = ROOT / "constraints.txt"
HOME = ROOT / ".nox" / "frameworks"


def python_for(manifest: Manifest) -> Path:
    """Return the Python of a framework's environment, which is made first where it is not there or is out of date.

    Raises:
        subprocess.CalledProcessError: it cannot be made; what pip said stands on standard error.
    """
    packages = [*manifest.dependencies]
    if "COVERAGE_PROCESS_CONFIG" in os.environ:
        # The tests measure served examples too: coverage starts itself in each Python that it finds this variable in.
        packages.append("coverage")
    folder = HOME / f"{manifest.name}-{_fingerprint(packages)}"
    python = folder / "bin" / "python"
    HOME.mkdir(parents=True, exist_ok=True)
    with (HOME / f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(
            lock, fcntl.LOCK_EX
        )  # two tests may want the same one; the lock goes when its holder does
        if not (folder / "complete").exists():
            _make(folder, python, packages)
            (folder / "complete").touch()
    return python


def versions(manifest: Manifest) -> dict[str, str]:
    """Return the versions of the dependencies that the manifest names and that are installed in its environment, without our own.

    Raises:
        subprocess.CalledProcessError: the environment cannot be made.
    """
    names = [
        re.split(r"[^\w.-]", dependency, maxsplit=1)[0].lower()
        for dependency in manifest.dependencies
    ]
    command = [
        str(python_for(manifest)),
        "-c",
        _SHOW_VERSIONS,
        *(name for name in names if name != "shared-validator"),
    ]
    found: dict[str, str] = json.loads(
        subprocess.run(command, check=True, capture_output=True).stdout  # noqa: S603 - our own command
    )
    return found


# A dependency for another Python or platform is not there.
_SHOW_VERSIONS = """
import importlib.metadata, json, sys

installed = {package.name.lower(): package.version for package in importlib.metadata.distributions()}
print(json.dumps({name: installed[name] for name in sys.argv[1:] if name in installed}))
"""


def _fingerprint(packages: Sequence[str]) -> str:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    parts = (
        sys.version,
        *packages,
        CONSTRAINTS.read_text(encoding="utf-8"),
        repr(project),
        str(ROOT),
    )
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]


def _make(folder: Path, python: Path, packages: Sequence[str]) -> None:
    ours = ["-q", "-c", str(CONSTRAINTS), "-e", f"{ROOT}[postgresql]"]
    if importlib.util.find_spec("uv"):
        _run(
            sys.executable,
            "-m",
            "uv",
            "venv",
            "-q",
            "--clear",
            "--python",
            sys.executable,
            str(folder),
        )
        _run(
            sys.executable, "-m", "uv", "pip", "install", "--python", str(python), *ours, *packages
        )
    else:
        _run(sys.executable, "-m", "venv", "--clear", str(folder))
        _run(str(python), "-m", "pip", "install", *ours)
        # pip sees what is installed, but does not see that a folder of the same command line is a package that another one asks for.
        _run(str(python), "-m", "pip", "install", "-q", "-c", str(CONSTRAINTS), *packages)


def _run(*command: str) -> None:
    # The build of our own package is locked too: three names for it, for uv, for pip and for older pips.
    locked = dict.fromkeys(
        ("UV_BUILD_CONSTRAINT", "PIP_BUILD_CONSTRAINT", "PIP_CONSTRAINT"), str(CONSTRAINTS)
    )
    with tempfile.TemporaryDirectory(
        prefix="cookbook-"
    ) as scratch:  # uv leaves the locks of what it builds among the temporary files
        # Compiled once, not at each start of an example.
        environ = os.environ | locked | {"TMPDIR": scratch, "UV_COMPILE_BYTECODE": "1"}
        subprocess.run(command, check=True, stdout=sys.stderr, env=environ)  # noqa: S603 - our own command
