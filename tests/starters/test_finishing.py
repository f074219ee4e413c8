"""A project is finished when it has been written: secrets, shared_validator, its origin, `git init`, and nothing that was not chosen."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from cookiecutter.generate import generate_context, generate_files
from cookiecutter.prompt import prompt_for_config

from frameworks.manifests import ROOT
from tests.starters.templates import commit, git

PROVIDER = "cookiecutter-templates/flask-provider"
CONSUMER = "cookiecutter-templates/flask-consumer"
NOTES = ("templates/consumer_notes.html", "tests/test_notes.py")


def read_env(project):
    """Return the variables of a project's `.env`."""
    lines = (project / ".env").read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))


def files(folder):
    """Return the bytes of all files in a folder by their names, without what Python or git leaves there."""
    paths = (path for path in folder.rglob("*") if path.is_file() and not {"__pycache__", ".git"} & set(path.parts))
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


@pytest.fixture
def baked(cookiecutter, output):
    """Return a function that bakes a template with some answers and returns the project's folder."""

    def bake(template, *options, **answers):
        answers = {"project_slug": "mine", "shared_validator": "release"} | answers
        done = cookiecutter(template, "--no-input", *options, *(f"{name}={answer}" for name, answer in answers.items()))
        assert 0 == done.returncode, done.stderr
        return output / answers["project_slug"]

    return bake


def test_secrets_are_made(baked, repository):
    """Each project has secrets of its own, which nobody else can read; the example of them stays empty."""
    one, two = (baked(repository / PROVIDER, project_slug=name) for name in ("one", "two"))
    assert 0o600 == (one / ".env").stat().st_mode & 0o777
    example = (one / ".env.example").read_text(encoding="utf-8").splitlines()
    assert {"OAUTH_SECRET_KEY=", "SESSION_SECRET="} <= set(example)
    made, others = read_env(one), read_env(two)
    assert 32 == len(base64.b64decode(made["OAUTH_SECRET_KEY"], altchars=b"-_", validate=True))
    for name in ("OAUTH_SECRET_KEY", "SESSION_SECRET"):
        assert len(made[name]) >= 43
        assert made[name] != others[name]
    assert "http://127.0.0.1:5001" == made["OAUTH_ISSUER"]


def test_nobodys_secrets_are_replaced(baked, repository):
    """A project that is baked once more in its place keeps its `.env`."""
    project = baked(repository / PROVIDER)
    kept = (project / ".env").read_bytes()
    baked(repository / PROVIDER, "--overwrite-if-exists")
    assert kept == (project / ".env").read_bytes()


def test_what_comes_next_is_said(cookiecutter, repository, output):
    """A person reads how to serve the project, in the words of its README, and what its `.env` still waits for."""
    done = cookiecutter(repository / CONSUMER, "--no-input", "providers=github", "shared_validator=release", "project_slug=mine")
    serve, waits = done.stdout.splitlines()
    change, command = serve.removeprefix("Serve your project: ").split(" && ", 1)
    assert f"cd {output / 'mine'}" == change
    assert f"\n{command}\n" in (output / "mine" / "README.md").read_text(encoding="utf-8")
    assert "Its .env waits for what others will give you: GITHUB_CLIENT_ID, GITHUB_CLIENT_SECRET" == waits


def test_a_provider_waits_for_nothing(cookiecutter, repository):
    """All that its `.env` needs has been made, a database's password too."""
    done = cookiecutter(repository / PROVIDER, "--no-input", "database=postgresql", "shared_validator=release")
    assert 1 == len(done.stdout.splitlines())


@pytest.mark.parametrize(
    ("template", "answers", "there"),
    [
        (PROVIDER, {}, {"LICENSE"}),
        (PROVIDER, {"license": "none"}, set()),
        (CONSUMER, {}, {"LICENSE", *NOTES}),
        (CONSUMER, {"providers": "google own"}, {"LICENSE", *NOTES}),
        (CONSUMER, {"providers": "google"}, {"LICENSE"}),
    ],
)
def test_what_was_not_chosen_is_not_there(baked, repository, template, answers, there):
    """A file is there where an answer wants it."""
    project = baked(repository / template, **answers)
    assert there == {name for name in ("LICENSE", *NOTES) if (project / name).exists()}
    assert [] == [path for path in project.rglob("*") if path.is_file() and path.read_bytes().isspace()]


def test_a_wheel_is_built(baked, repository):
    """It holds the package as the repository has it, is the same each time, and its building leaves nothing in the repository."""
    one, two = (baked(repository / PROVIDER, project_slug=name, shared_validator="wheel") for name in ("one", "two"))
    (wheel,) = (one / "wheels").iterdir()
    assert {wheel.name: wheel.read_bytes()} == files(two / "wheels")
    with zipfile.ZipFile(wheel) as opened:
        held = {name: opened.read(name) for name in opened.namelist() if name.startswith("shared_validator/")}
    assert {f"shared_validator/{name}": text for name, text in files(repository / "shared_validator").items()} == held
    assert "" == git(repository, "status", "--porcelain", "--ignored")


def test_a_wheel_takes_the_place_of_the_one_before(baked, repository):
    """A project that is baked once more has one wheel of shared_validator, and keeps those that somebody has added."""
    project = baked(repository / PROVIDER, shared_validator="wheel")
    for name in ("shared_validator-0.0.1-py3-none-any.whl", "other-1.0-py3-none-any.whl"):
        (project / "wheels" / name).write_bytes(b"")
    names = {path.name for path in (project / "wheels").iterdir()} - {"shared_validator-0.0.1-py3-none-any.whl"}
    baked(repository / PROVIDER, "--overwrite-if-exists", shared_validator="wheel")
    assert names == {path.name for path in (project / "wheels").iterdir()}


@pytest.fixture
def elsewhere(tmp_path, output, environ):
    """Return a function that bakes with a cookiecutter that has only some packages beside it, and no uv."""

    def bake(*arguments, packages=()):
        folder = tmp_path / "environment"
        environment = [sys.executable, "-m", "uv", "venv", "--quiet", str(folder)]
        install = [
            sys.executable,
            "-m",
            "uv",
            "pip",
            "install",
            "--quiet",
            "--python",
            str(folder),
            "-c",
            "constraints.txt",
            "cookiecutter",
            *packages,
        ]
        for command in (environment, install):
            subprocess.run(command, cwd=ROOT, check=True)
        tools = tmp_path / "tools"
        tools.mkdir()
        (tools / "git").symlink_to(shutil.which("git"))
        command = [str(folder / "bin" / "cookiecutter"), *map(str, arguments)]
        return subprocess.run(
            command, cwd=output, env=environ | {"PATH": str(tools)}, capture_output=True, text=True, timeout=120, check=False
        )

    return bake


def test_pip_builds_the_same_wheel(elsewhere, baked, repository, output):
    """Without uv it is pip that builds."""
    done = elsewhere(repository / PROVIDER, "--no-input", "project_slug=one", packages=["pip"])
    assert 0 == done.returncode, done.stderr
    assert files(baked(repository / PROVIDER, project_slug="two", shared_validator="wheel") / "wheels") == files(output / "one" / "wheels")


def test_without_a_builder_there_is_a_way_out(elsewhere, repository, output):
    """The message names two, and no half of a project is left."""
    done = elsewhere(repository / PROVIDER, "--no-input")
    assert 1 == done.returncode
    assert done.stderr.startswith("shared_validator cannot be built without uv or pip: install uv, or answer shared_validator=vendored\n")
    assert [] == list(output.iterdir())


def test_the_source_is_vendored(baked, repository):
    """The package is copied with its licence, and says which version and commit it is."""
    vendored = files(baked(repository / PROVIDER, shared_validator="vendored") / "shared_validator")
    version = tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    head = git(repository, "rev-parse", "HEAD")
    assert f"shared_validator {version}, commit {head}\n" == vendored.pop("VENDORED.txt").decode()
    assert (repository / "LICENSE").read_bytes() == vendored.pop("LICENSE")
    assert files(repository / "shared_validator") == vendored


def test_a_release_is_not_brought(baked, repository):
    """What comes from the package index is in no folder of the project."""
    assert {"wheels", "shared_validator"} & {path.name for path in baked(repository / PROVIDER).iterdir()} == set()


def test_a_template_without_its_repository_brings_nothing(cookiecutter, repository, tmp_path, output):
    """Where only the template was copied, the message names two ways out, and no half of a project is left."""
    alone = shutil.copytree(repository / PROVIDER, tmp_path / "alone", symlinks=True)
    done = cookiecutter(alone, "--no-input")
    assert 1 == done.returncode
    assert done.stderr.startswith(
        "shared_validator is not beside this template: use the template from a clone or the URL of its repository, "
        "or answer shared_validator=release\n"
    )
    assert [] == list(output.iterdir())


def test_a_release_needs_no_repository(baked, repository, tmp_path):
    """A template that was copied alone still bakes; where it came from is not known."""
    project = baked(shutil.copytree(repository / PROVIDER, tmp_path / "alone", symlinks=True))
    assert not (project / ".cruft.json").exists()


def origin(project):
    """Return what a project says of its origin."""
    return json.loads((project / ".cruft.json").read_text(encoding="utf-8"))


def test_a_url_is_the_origin(baked, repository):
    """The project records the URL that git knows, the commit, the branch that was asked for, the template's folder and the answers."""
    project = baked(f"git+{repository.as_uri()}", "--directory", PROVIDER, "--checkout", "main", author="Zoë")
    recorded = origin(project)
    answers = recorded.pop("context")["cookiecutter"]
    head = git(repository, "rev-parse", "HEAD")
    assert {"template": repository.as_uri(), "commit": head, "checkout": "main", "directory": PROVIDER} == recorded
    assert ("mine", "Zoë") == (answers["project_slug"], answers["author"])
    assert [] == [name for name in answers if name.startswith("_")]


def test_a_checkout_is_the_origin(baked, repository):
    """Where nobody else has the commit, the project records the folder of the checkout."""
    assert str(repository) == origin(baked(repository / PROVIDER))["template"]


def test_the_origin_of_a_clone_is_the_origin(baked, repository, tmp_path):
    """A commit that the clone's origin has is recorded as the origin's, and one that it does not have as the clone's."""
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", repository.as_uri(), str(clone))
    assert repository.as_uri() == origin(baked(clone / PROVIDER, project_slug="one"))["template"]
    (clone / "README.md").write_text("changed")
    commit(clone)
    assert str(clone) == origin(baked(clone / PROVIDER, project_slug="two"))["template"]


def test_a_password_is_not_recorded(baked, repository, tmp_path):
    """The origin of a clone may have a token in its URL; a project's record is committed."""
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", repository.as_uri(), str(clone))
    git(clone, "remote", "set-url", "origin", "https://ada:secret@git.example.org/cookbook.git")
    assert "https://git.example.org/cookbook.git" == origin(baked(clone / PROVIDER))["template"]


def test_a_path_may_be_relative_to_where_it_was_typed(cookiecutter, repository, output, tmp_path):
    """Nor need the project be written there."""
    (tmp_path / "other").mkdir()
    template = os.path.relpath(repository / PROVIDER, output)
    done = cookiecutter(
        *(template, "--no-input", "--output-dir", tmp_path / "other", "project_slug=mine", "shared_validator=vendored"), PWD=str(output)
    )
    assert 0 == done.returncode, done.stderr
    assert PROVIDER == origin(tmp_path / "other" / "mine")["directory"]


def test_a_template_is_chosen_from_the_menu_of_a_url(cookiecutter, repository, output):
    """`cookiecutter URL --directory cookiecutter-templates` shows the titles, and bakes the one that is chosen."""
    menu = json.loads((repository / "cookiecutter-templates" / "cookiecutter.json").read_text(encoding="utf-8"))["templates"]
    number = 1 + list(menu).index("flask-consumer")
    typed = f"{number}\n\nmine\n" + "\n" * 7 + "2\n"
    done = cookiecutter(f"git+{repository.as_uri()}", "--directory", "cookiecutter-templates", typed=typed)
    assert 0 == done.returncode, done.stdout + done.stderr
    assert f"{number} - {menu['flask-consumer']['title']}" in done.stdout
    recorded = origin(output / "mine")
    assert (repository.as_uri(), CONSUMER) == (recorded["template"], recorded["directory"])
    assert (output / "mine" / "shared_validator" / "VENDORED.txt").exists()


def test_a_history_begins(baked, repository):
    """The project is a git repository with the branch main, and `.env` is not in it."""
    project = baked(repository / PROVIDER)
    assert "main" == git(project, "symbolic-ref", "--short", "HEAD")
    commit(project)
    assert ".env" not in git(project, "ls-files").splitlines()


def test_a_history_goes_on(baked, repository, output):
    """A project inside of a git repository is a part of that one."""
    git(output, "init", "--quiet")
    assert not (baked(repository / PROVIDER) / ".git").exists()


@pytest.mark.parametrize("how", ["wheel", "vendored"])
def test_an_update_brings_what_changed(baked, repository, tmp_path, how):
    """`cruft update` bakes the recorded commit and the newest one, and carries over what differs: the first equals the project."""
    upstream = tmp_path / "upstream"
    git(tmp_path, "clone", "--quiet", str(repository), str(upstream))
    project = baked(f"git+{upstream.as_uri()}", "--directory", PROVIDER, shared_validator=how)
    recorded = origin(project)
    with (upstream / "shared_validator" / "vault.py").open("a") as module:
        module.write("CHANGED = True\n")
    newest = commit(upstream)

    def bake_again(at):
        # As cruft does it: with the answers that were recorded, and with the URL and the commit instead of a folder.
        context = generate_context(str(upstream / PROVIDER / "cookiecutter.json"), extra_context=recorded["context"]["cookiecutter"])
        context["cookiecutter"] = prompt_for_config(context, no_input=True) | {"_template": recorded["template"], "_commit": at}
        return files(Path(generate_files(upstream / PROVIDER, context, output_dir=str(tmp_path / at))))

    skipped = {".cruft.json", *tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["cruft"]["skip"]}
    before, after = ({name: text for name, text in bake_again(at).items() if name not in skipped} for at in (recorded["commit"], newest))
    assert {name: text for name, text in files(project).items() if name not in skipped} == before
    changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    wheel = {name for name in before if name.startswith("wheels/")}
    assert (wheel or {"shared_validator/vault.py", "shared_validator/VENDORED.txt"}) == changed
