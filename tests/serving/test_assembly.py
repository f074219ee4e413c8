"""An example is its role's folder, what both roles share, and what its manifest takes from `frameworks/shared/`."""

import sys

import pytest

from frameworks import assembly
from frameworks.manifests import ManifestError, read

MANIFEST = """
[tool.cookbook]
title = "Example"
package = "example"
kind = "wsgi"
roles = ["provider", "consumer"]
server = ["app.py", "{port}"]
client_address = "a middleware"
shared = { provider = ["notes.py", "api/texts.py"] }
status = "active"
"""


@pytest.fixture
def tree(tmp_path):
    """The folders of a framework that shares files."""
    frameworks = tmp_path / "frameworks"
    for name in (
        "example/provider/app.py",
        "example/provider/config/settings.py",
        "example/provider/__pycache__/app.pyc",
        "example/consumer/app.py",
        "example/common/config/wsgi.py",
        "shared/notes.py",
        "shared/texts.py",
    ):
        (frameworks / name).parent.mkdir(parents=True, exist_ok=True)
        (frameworks / name).write_text(f"# {name}\n")
    (frameworks / "example" / "pyproject.toml").write_text(MANIFEST)
    return frameworks


@pytest.fixture
def manifest(tree):
    return read(tree / "example" / "pyproject.toml")


def test_an_example_has_the_files_of_its_role_of_both_roles_and_of_all_frameworks(tree, manifest):
    """Each has its place in the example; what Python compiled is no part of it."""
    expected = {
        "api/texts.py": "shared/texts.py",
        "app.py": "example/provider/app.py",
        "config/settings.py": "example/provider/config/settings.py",
        "config/wsgi.py": "example/common/config/wsgi.py",
        "notes.py": "shared/notes.py",
    }
    assert {path: tree / source for path, source in expected.items()} == assembly.files(manifest, "provider")
    assert ["app.py", "config/wsgi.py"] == list(assembly.files(manifest, "consumer"))


def test_an_example_is_written_into_a_folder(tmp_path, manifest):
    """With the same paths and contents."""
    assembly.assemble(manifest, "provider", tmp_path / "copy")
    written = {path.relative_to(tmp_path / "copy").as_posix(): path for path in (tmp_path / "copy").rglob("*") if path.is_file()}
    wanted = assembly.files(manifest, "provider")
    assert {path: source.read_bytes() for path, source in wanted.items()} == {path: file.read_bytes() for path, file in written.items()}


def test_an_example_is_written_without_the_marks_of_features(tree, tmp_path, manifest):
    """They are for starter projects; a reader of a served or copied example does not need them. What is no text stays as it is."""
    (tree / "example" / "provider" / "app.py").write_text("import os  # feature: notes\nprint()\n# feature: sqlite (begin)\n")
    (tree / "example" / "provider" / "icon.png").write_bytes(b"\x89PNG\xff")
    assembly.assemble(manifest, "provider", tmp_path / "copy")
    assert "import os\nprint()\n" == (tmp_path / "copy" / "app.py").read_text()
    assert b"\x89PNG\xff" == (tmp_path / "copy" / "icon.png").read_bytes()


@pytest.mark.parametrize("place", ["example/common/app.py", "example/common/notes.py"])
def test_two_files_with_the_same_path_are_refused(tree, manifest, place):
    """One of them would be lost."""
    (tree / place).write_text("")
    name = place.rpartition("/")[2]
    with pytest.raises(ManifestError, match=rf"example: .*{name} and .*{name} are both provider/{name}"):
        assembly.files(manifest, "provider")


def test_a_shared_file_that_does_not_exist_is_named(tree, manifest):
    """The manifest asks for it, so an example without it would not run."""
    (tree / "shared" / "notes.py").unlink()
    with pytest.raises(ManifestError, match=r"example: shared names notes.py, but .*shared/notes.py is missing"):
        assembly.files(manifest, "provider")


def copy(monkeypatch, tree, *arguments):
    """Run the command that copies an example of this tree, and return its exit status."""
    monkeypatch.setattr(assembly, "manifests", lambda: {"example": read(tree / "example" / "pyproject.toml")})
    monkeypatch.setattr(sys, "argv", ["copy", *map(str, arguments)])
    try:
        return assembly.main()
    except SystemExit as end:
        return end.code


def test_the_command_copies_an_example(monkeypatch, tree, tmp_path):
    """Into a folder that does not exist yet, or that is empty."""
    for folder in (tmp_path / "new" / "copy", tmp_path / "empty"):
        (tmp_path / "empty").mkdir(exist_ok=True)
        assert 0 == copy(monkeypatch, tree, "example", "consumer", folder)
        assert ["app.py", "config"] == sorted(path.name for path in folder.iterdir())


def test_the_command_never_writes_over_what_exists(monkeypatch, tree, tmp_path, capsys):
    """A folder with files and a file are refused in one line, and stay as they are."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "app.py").write_text("mine")
    for target in (tmp_path / "mine", tmp_path / "mine" / "app.py"):
        assert 2 == copy(monkeypatch, tree, "example", "consumer", target)
        assert f"{target} exists and is not an empty folder; name a new one" in capsys.readouterr().err.splitlines()[-1]
    assert "mine" == (tmp_path / "mine" / "app.py").read_text()


def test_the_command_says_in_one_line_why_it_cannot_copy(monkeypatch, tree, tmp_path, capsys):
    """A framework that does not exist, and a tree that does not fit together."""
    assert 2 == copy(monkeypatch, tree, "nothing", "consumer", tmp_path / "copy")
    assert "invalid choice: 'nothing'" in capsys.readouterr().err.splitlines()[-1]
    (tree / "example" / "common" / "app.py").write_text("")
    assert 1 == copy(monkeypatch, tree, "example", "consumer", tmp_path / "copy")
    [line] = capsys.readouterr().err.splitlines()
    assert "are both consumer/app.py" in line
