"""Writes all of cookiecutter-templates/: `nox -s generate`. `-- --check` lists what is out of date.

Each active framework and role has a template. It is made from the example, the shared pages, and
the hand-written files in skeleton/.
"""

from __future__ import annotations

import argparse
import ast
import itertools
import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined

from frameworks import assembly
from frameworks.features import FEATURES, FeatureError, plain, without
from frameworks.manifests import ROOT, Manifest, ManifestError, manifests
from frameworks.starter import pages
from frameworks.starter.literals import Template
from frameworks.starter.questions import DESCRIPTIONS, PROJECT_NAMES, questions
from frameworks.tracked import tracked_files
from shared_validator.consumer.providers import presets

TEMPLATES = ROOT / "cookiecutter-templates"
PROJECT = "{{cookiecutter.project_slug}}"
LINK = TEMPLATES.name
PORT = "{{ cookiecutter.__port }}"
# The features of each role, with cookiecutter's condition for including them.
_SQLITE = 'cookiecutter.database == "sqlite"'
_CHOSEN = {
    "provider": {"sqlite": _SQLITE},
    "consumer": {"notes": '" own " in cookiecutter.__providers', "sqlite": _SQLITE},
}
_SKELETON = Path(__file__).parent / "skeleton"
_LINE = 100


def starters() -> dict[str, tuple[Manifest, str]]:
    """Return the framework and role of each template, by the template's folder."""
    active = [manifest for manifest in manifests().values() if manifest.status == "active"]
    return {
        f"{manifest.name}-{role}": (manifest, role)
        for manifest in active
        for role in manifest.roles
    }


def generated() -> dict[str, str]:
    """Return all files of all templates, by their paths below `cookiecutter-templates/`."""
    menu = {template: _entry(template, *starter) for template, starter in starters().items()}
    files = {
        "cookiecutter.json": _json({"templates": menu}),
        "README.md": _render(_SKELETON / "README.md", {"menu": menu}),
    }
    for template, starter in starters().items():
        for path, text in _template(*starter):
            files[f"{template}/{path}"] = text
        # Below a template from the menu, cookiecutter looks again for the folder of `--directory`.
        files[f"{template}/{LINK}"] = "."
    return files


def _entry(template: str, manifest: Manifest, role: str) -> dict[str, str]:
    return {
        "path": f"./{template}",
        "title": f"{manifest.title} {role}",
        "description": _IN_WORDS[role],
    }


_IN_WORDS = {
    "provider": "users sign in here, and other applications act for them",
    "consumer": "users sign in elsewhere",
}


def _template(manifest: Manifest, role: str) -> Iterator[tuple[str, str]]:
    tracked = set(tracked_files(ROOT / "frameworks"))
    own = {
        path: source for path, source in assembly.files(manifest, role).items() if source in tracked
    }
    sentence = DESCRIPTIONS[role].format(title=manifest.title)
    answers = {
        sentence: "{{ cookiecutter.description.removesuffix('.') }}",
        PROJECT_NAMES[role]: "{{ cookiecutter.project_name }}",
    }
    values = _values(manifest, role) | {"tour": dict(_tour(own, answers))}
    taken = {path.partition("/")[0].removesuffix(".py") for path in own} | {
        _name(dependency) for dependency in manifest.dependencies
    }
    yield (
        "cookiecutter.json",
        _json(questions(role, manifest.title, taken, list(values["presets"]))),
    )
    for path in tracked_files(_SKELETON / "template"):
        yield path.relative_to(_SKELETON / "template").as_posix(), _render(path, values)
    for path, source in own.items():
        yield f"{PROJECT}/{path}", _template_of(source, role, answers)
    for page in pages.pages_of(role):
        name = {'site_name = ""': 'site_name = "{{ cookiecutter.project_name }}"'}
        yield (
            f"{PROJECT}/templates/{page}",
            _template_of(pages.FOLDER / page, role, name if page == "base.html" else {}),
        )
    for part in ("any", role):
        folder = _SKELETON / "project" / part
        for path in tracked_files(folder):
            yield f"{PROJECT}/{path.relative_to(folder).as_posix()}", _render(path, values)


def _template_of(path: Path, role: str, answers: dict[str, str]) -> str:
    text = path.read_text(encoding="utf-8")
    template = Template(plain(text))
    for feature in FEATURES:
        rest = _without(feature, text, path)
        if rest != plain(text) and feature in _CHOSEN[role]:
            template.vary(_CHOSEN[role][feature], rest)
    template.replace(answers)
    return template.render()


def _without(feature: str, text: str, path: Path) -> str:
    """Return a file without a feature. In a module, imports that become unused go too."""
    try:
        rest = without(feature, text)
    except FeatureError as error:
        raise FeatureError(f"{path.relative_to(ROOT)}: {error}") from error
    return _tidy(rest, path) if path.suffix == ".py" and rest != plain(text) else rest


def _tidy(text: str, path: Path) -> str:
    """Return a module without unused imports, in the format of its project."""
    for arguments in (["check", "--quiet", "--select=F401", "--fix-only"], ["format", "--quiet"]):
        command = [sys.executable, "-m", "ruff", *arguments, f"--stdin-filename={path}", "-"]
        text = subprocess.run(  # noqa: S603
            command, input=text, stdout=subprocess.PIPE, text=True, check=True, cwd=ROOT
        ).stdout
    return text


def _files_of_features(manifest: Manifest, role: str) -> dict[str, list[str]]:
    """Return the files of an example to remove if a feature is not chosen, by the feature.

    Raises:
        ManifestError: the manifest names a file that no example of the framework has.
    """
    known = {path for other in manifest.roles for path in assembly.files(manifest, other)}
    for path in itertools.chain(*manifest.features.values()):
        if path not in known:
            raise ManifestError(f"{manifest.name}: features names {path}, which no example has")
    own = assembly.files(manifest, role)
    return {
        feature: [path for path in manifest.features.get(feature, ()) if path in own]
        for feature in _CHOSEN[role]
    }


def _tour(own: dict[str, Path], answers: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the docstring of each module of an example, for a template."""
    for name, path in own.items():
        said = (
            ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
            if path.suffix == ".py"
            else None
        )
        if said:
            template = Template(said.partition("\n")[0].removesuffix("."))
            template.replace(answers)
            yield name, template.render()


def _values(manifest: Manifest, role: str) -> dict[str, Any]:
    """Return the values of a framework for the skeleton."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    folder = tomllib.loads((manifest.folder / "pyproject.toml").read_text(encoding="utf-8"))
    manage = _common(manifest.migrate, manifest.seed)
    oauth = " ".join(manifest.seed[len(manage) : -1])
    not_ours = {
        "shared-validator",
        *(name for other, names in manifest.only.items() if other != role for name in names),
    }
    major, minor = project["project"]["version"].split(".")[:2]
    return {
        "name": manifest.name,
        "framework": manifest.title,
        "role": role,
        "server": list(manifest.server),
        "served": [argument.replace("{port}", PORT) for argument in manifest.server],
        "migrate": list(manifest.migrate),
        "seed": list(manifest.seed),
        "manage": list(manage),
        "manage_line": f"python {' '.join(manage)}",
        "oauth": f"{oauth}_consumer" if oauth and role == "consumer" else oauth,
        "for_role": " --consumer" if role == "consumer" and not oauth else "",
        "new_user": " ".join(manifest.new_user[len(manage) :]),
        "dependencies": [text for text in manifest.dependencies if _name(text) not in not_ours],
        "shared": project["project"],
        "next_version": f"{major}.{int(minor) + 1}",
        "lint": project["tool"]["ruff"]["lint"],
        "excluded": folder.get("tool", {}).get("ruff", {}).get("extend-exclude", []),
        "presets": presets(),
        "files_of_features": _files_of_features(manifest, role),
    }


def _common(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    same = 0
    while one[same] == other[same]:
        same += 1
    return one[:same]


def _name(requirement: str) -> str:
    return re.split(r"[^\w.-]", requirement, maxsplit=1)[0].lower()


def _render(path: Path, values: dict[str, Any]) -> str:
    """Return a file of the skeleton, rendered for a framework. Cookiecutter's own syntax stays."""
    return _generation.from_string(path.read_text(encoding="utf-8")).render(values)


def _in_python(value: Any) -> Any:
    """Return a list as ruff would format it."""
    if not isinstance(value, list):
        return value
    texts = [json.dumps(text) for text in value]
    line = f"[{', '.join(texts)}]"
    return line if len(line) < _LINE else "[\n" + "".join(f"    {text},\n" for text in texts) + "]"


_generation = Environment(
    block_start_string="[%",
    block_end_string="%]",
    variable_start_string="[[",
    variable_end_string="]]",
    comment_start_string="[#",
    comment_end_string="#]",
    trim_blocks=True,
    keep_trailing_newline=True,
    undefined=StrictUndefined,
    autoescape=False,  # noqa: S701 - Python, TOML and the like, for cookiecutter
    finalize=_in_python,
)


def _json(content: Any) -> str:
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def out_of_date(wanted: Mapping[str, str]) -> list[str]:
    """Return the paths in `cookiecutter-templates/` of missing, different or unexpected files."""
    there = (
        {path.relative_to(TEMPLATES).as_posix(): path for path in tracked_files(TEMPLATES)}
        if TEMPLATES.is_dir()
        else {}
    )
    return sorted(
        path
        for path in wanted.keys() | there.keys()
        if path not in wanted or path not in there or _held(there[path]) != wanted[path].encode()
    )


def _held(path: Path) -> bytes:
    """Return the content of a file or, as git does, the target of a link."""
    return os.fsencode(path.readlink()) if path.is_symlink() else path.read_bytes()


def write(wanted: Mapping[str, str]) -> None:
    """Update `cookiecutter-templates/`."""
    for path in out_of_date(wanted):
        file = TEMPLATES / path
        file.unlink(missing_ok=True)
        if path in wanted:
            file.parent.mkdir(parents=True, exist_ok=True)
            if file.name == LINK:
                file.symlink_to(wanted[path])
            else:
                file.write_text(wanted[path], encoding="utf-8")


def main() -> int:
    """Generate or check, and return the exit status: 1 if a file is out of date."""
    parser = argparse.ArgumentParser(
        prog="nox -s generate --", description="Write the cookiecutter templates from the examples."
    )
    parser.add_argument(
        "--check",
        action="store_true",
        help="write nothing, and fail where something would be written",
    )
    if not parser.parse_args().check:
        write(generated())
        return 0
    found = out_of_date(generated())
    for path in found:
        print(f"{TEMPLATES.name}/{path} is out of date: run `nox -s generate`", file=sys.stderr)  # noqa: T201 - for a person
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
