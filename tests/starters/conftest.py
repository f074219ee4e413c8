"""Fixtures of the tests of the starter projects."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.starters import templates

Bake = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def output(tmp_path: Path) -> Path:
    """The folder in which a person types the command."""
    folder = tmp_path / "output"
    folder.mkdir()
    return folder


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """An environment of somebody who never used cookiecutter before, and has not configured git."""
    config = tmp_path / "cookiecutter.yaml"
    config.write_text(f"replay_dir: {tmp_path / 'replay'}\ncookiecutters_dir: {tmp_path / 'clones'}\n")
    return os.environ | {"COOKIECUTTER_CONFIG": str(config), "GIT_CONFIG_GLOBAL": os.devnull, "COLUMNS": "200"}


@pytest.fixture
def cookiecutter(output: Path, environ: dict[str, str]) -> Bake:
    """Return a function that runs cookiecutter in the output folder, with what a person types at its questions."""

    def run(*arguments: str | Path, typed: str | None = None, **variables: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "cookiecutter", *map(str, arguments)]
        return subprocess.run(
            command, cwd=output, env=environ | variables, input=typed, capture_output=True, text=True, timeout=120, check=False
        )

    return run


@pytest.fixture(scope="session")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone of this repository as it stands, with what is not committed yet."""
    return templates.write_repository(tmp_path_factory.mktemp("repository") / "cookbook")
