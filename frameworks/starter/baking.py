"""Makes a project from a template with the command `cookiecutter`, without your configuration."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from frameworks.manifests import ROOT
from frameworks.starter.generate import TEMPLATES


def bake(
    template: str, output: Path, answers: Mapping[str, str], *, repository: str = str(ROOT)
) -> subprocess.CompletedProcess[str]:
    """Run cookiecutter, and return the finished process, with its output and errors in one string.

    Args:
        template: the folder of the template.
        output: the folder in which to make the project's folder.
        answers: the answers that differ from the defaults.
        repository: the path or the URL of the repository.
    """
    with tempfile.TemporaryDirectory(prefix="cookbook-") as folder:
        configuration = Path(folder) / "cookiecutter.yaml"
        # JSON is YAML. Without this, clones and answers would stay in the user's home folder.
        configuration.write_text(
            json.dumps({"cookiecutters_dir": f"{folder}/clones", "replay_dir": f"{folder}/replay"}),
            encoding="utf-8",
        )
        command = [
            sys.executable,
            "-m",
            "cookiecutter",
            repository,
            "--directory",
            f"{TEMPLATES.name}/{template}",
            "--no-input",
        ]
        options = ["--config-file", str(configuration), "--output-dir", str(output)]
        given = [f"{question}={answer}" for question, answer in answers.items()]
        return subprocess.run(  # noqa: S603 - our own command
            [*command, *options, *given],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            env=_environ(),
        )


def _environ() -> dict[str, str]:
    # The project is made in a folder of ours. Its `git init` must not see any repository around it.
    return {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
