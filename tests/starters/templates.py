"""Templates to try: small ones that ask what every template asks and bake little, and a clone of all of them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
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


def write_repository(folder: Path) -> Path:
    """Write a repository with what the working tree holds, and return its folder."""
    listed = subprocess.check_output(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, text=True)
    for name in filter(None, listed.split("\0")):
        if os.path.lexists(ROOT / name):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name, follow_symlinks=False)
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
