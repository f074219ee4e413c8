"""Templates to try: small ones that ask what every template asks and bake little, and a clone of all of them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

from frameworks.manifests import ROOT, manifests
from frameworks.starter.questions import questions
from frameworks.tracked import copy_tracked

SKELETON = ROOT / "frameworks" / "starter" / "skeleton" / "template"
PRESETS = ("github", "google")
STARTERS = {f"{manifest.name}-{role}": (manifest, role) for manifest in manifests().values() for role in manifest.roles}
ACTIVE = [template for template, (manifest, _role) in STARTERS.items() if manifest.status == "active"]
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


def write_repository(folder: Path) -> Path:
    """Write a repository with what the working tree holds, and return its folder."""
    copy_tracked(ROOT, folder)
    git(folder, "init", "--quiet", "--initial-branch=main")
    commit(folder)
    return folder


def git(folder: Path, *arguments: str) -> str:
    """Run git in a folder as somebody who has not configured it, and return what it says."""
    person = {f"GIT_{who}_{what}": "ada@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    environ = os.environ | person | {"GIT_CONFIG_GLOBAL": os.devnull}
    return subprocess.check_output(["git", *arguments], cwd=folder, env=environ, text=True).strip()


def commit(folder: Path) -> str:
    """Commit all that changed in a folder, and return the name of the commit."""
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "Change")
    return git(folder, "rev-parse", "HEAD")
