"""Templates that ask what every template asks, and bake little, so that many answers can be tried."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

from frameworks.manifests import ROLES, ROOT
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
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    menu = {}
    for role in ROLES:
        template = folder / "cookiecutter-templates" / f"flask-{role}"
        project = template / "{{cookiecutter.project_slug}}"
        for name, text in FILES.items():
            (project / name).parent.mkdir(parents=True, exist_ok=True)
            (project / name).write_text(text)
        asked = questions(role, "Flask", reserved=RESERVED, presets=PRESETS)
        (template / "cookiecutter.json").write_text(json.dumps(asked), encoding="utf-8")
        shutil.copytree(SKELETON, template, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
        (template / "cookiecutter-templates").symlink_to(".")
        menu[template.name] = {"path": template.name, "title": f"Flask: {role}", "description": f"Flask: {role}"}
    (folder / "cookiecutter-templates" / "cookiecutter.json").write_text(json.dumps({"templates": menu}), encoding="utf-8")
    git(folder, "init", "--quiet", "--initial-branch=main")
    commit(folder)
    return folder


FILES = {
    "answers.json": "{{ cookiecutter|jsonify }}\n",
    ".env.example": "# The issuer\nOAUTH_ISSUER={{ cookiecutter.issuer_url }}\nOAUTH_SECRET_KEY=\nSESSION_SECRET=\nGITHUB_CLIENT_ID=\n",
    ".gitignore": ".env\n",
    "LICENSE": "Copyright {{ cookiecutter.author }}\n",
    "compose.yaml": "services: {}\n",
    "pyproject.toml": '[project]\nname = "{{ cookiecutter.project_slug }}"\n\n[tool.cruft]\nskip = [".env", ".git"]\n',
    "templates/consumer_notes.html": "notes\n",
    "tests/__init__.py": "",
    "tests/test_notes.py": "notes = 1\n",
}


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
