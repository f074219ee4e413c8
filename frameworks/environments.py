"""A separate environment for each framework: it has only our package and what its manifest names.

So a dependency that an example forgot to name is missing here already, not only after you copy it.
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
    """Return the Python of a framework's environment. Create it if it is missing or out of date.

    Raises:
        subprocess.CalledProcessError: it cannot be created; pip's output is on standard error.
    """
    packages = manifest.dependencies
    folder = HOME / f"{manifest.name}-{_fingerprint(packages)}"
    python = folder / "bin" / "python"
    HOME.mkdir(parents=True, exist_ok=True)
    with (HOME / f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(
            lock, fcntl.LOCK_EX
        )  # two tests may need the same one; the lock ends with the process that holds it
        if not (folder / "complete").exists():
            _make(folder, python, packages)
            (folder / "complete").touch()
    return python


def versions(manifest: Manifest) -> dict[str, str]:
    """Return the installed versions of the manifest's dependencies, except our own package.

    Raises:
        subprocess.CalledProcessError: the environment cannot be created.
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


# Dependencies for another Python or platform are not installed.
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
        # In one command, pip would not see that a folder is a package that another one requires.
        _run(str(python), "-m", "pip", "install", "-q", "-c", str(CONSTRAINTS), *packages)


def _run(*command: str) -> None:
    # Lock the build of our own package too: uv, pip and older pips each have a variable for it.
    locked = dict.fromkeys(
        ("UV_BUILD_CONSTRAINT", "PIP_BUILD_CONSTRAINT", "PIP_CONSTRAINT"), str(CONSTRAINTS)
    )
    with tempfile.TemporaryDirectory(
        prefix="cookbook-"
    ) as scratch:  # uv leaves its build locks among the temporary files
        # Compile once, not at each start of an example.
        environ = os.environ | locked | {"TMPDIR": scratch, "UV_COMPILE_BYTECODE": "1"}
        subprocess.run(command, check=True, stdout=sys.stderr, env=environ)  # noqa: S603 - our own command
