"""A project has what was chosen, and no word of what was not."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from frameworks.starter.baking import bake
from frameworks.starter.trial import ANSWERS, ROLE_ANSWERS, UNCHOSEN, look
from tests.starters.templates import ACTIVE


@pytest.mark.parametrize("way", ["wheel", "release"])
@pytest.mark.parametrize("template", ACTIVE)
def test_nothing_is_left_of_what_was_not_chosen_and_the_rest_is_tidy(tmp_path, monkeypatch, template, way):
    """No file names a feature, a provider or a database that the answers leave out; ruff has nothing to say."""
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent), prepend=os.pathsep)  # uv builds the wheel
    role = template.rpartition("-")[2]
    baked = bake(template, tmp_path, ANSWERS | ROLE_ANSWERS[role] | {"shared_validator": way})
    assert 0 == baked.returncode, baked.stdout
    (project,) = tmp_path.iterdir()
    look(project, UNCHOSEN[role])
    for command in (["check"], ["format", "--check"]):
        done = subprocess.run([sys.executable, "-m", "ruff", *command], cwd=project, capture_output=True, text=True, check=False)
        assert 0 == done.returncode, done.stdout
