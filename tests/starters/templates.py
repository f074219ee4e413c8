"""Templates that ask what every template asks, and bake little, so that many answers can be tried."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from frameworks.manifests import ROOT
from frameworks.starter.questions import questions

SKELETON = ROOT / "frameworks" / "starter" / "skeleton" / "template"
PRESETS = ("github", "google")
RESERVED = ("Flask", "flask-wtf", "shared_validator", "app")


def write(folder: Path, role: str) -> Path:
    """Write a template of a role, and return its folder."""
    project = folder / "{{cookiecutter.project_slug}}"
    project.mkdir(parents=True)
    asked = questions(role, "Flask", reserved=RESERVED, presets=PRESETS)
    (folder / "cookiecutter.json").write_text(json.dumps(asked), encoding="utf-8")
    (project / "answers.json").write_text("{{ cookiecutter|jsonify }}\n", encoding="utf-8")
    shutil.copy(SKELETON / "refusal.py", folder)
    return folder
