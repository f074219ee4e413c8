"""Fixtures of the tests of the starter projects."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Bake = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def output(tmp_path: Path) -> Path:
    """The folder in which a person types the command."""
    folder = tmp_path / "output"
    folder.mkdir()
    return folder


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """An environment of somebody who never used cookiecutter before."""
    home = tmp_path / "home"
    home.mkdir()
    return os.environ | {"HOME": str(home), "COLUMNS": "200"}


@pytest.fixture
def cookiecutter(output: Path, environ: dict[str, str]) -> Bake:
    """Return a function that runs cookiecutter in the output folder, with what a person types at its questions."""

    def run(*arguments: str | Path, typed: str | None = None) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "cookiecutter", *map(str, arguments)]
        return subprocess.run(command, cwd=output, env=environ, input=typed, capture_output=True, text=True, timeout=120, check=False)

    return run
