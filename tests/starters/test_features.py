"""What is marked as a feature goes with it, and the marks are for the sources alone."""

from dataclasses import replace

import pytest
from jinja2 import Environment

from frameworks.features import FEATURES, FeatureError, plain, without
from frameworks.manifests import ManifestError, manifests
from frameworks.starter import generate
from frameworks.starter.generate import generated

MODULE = """import os
from thing import (
    make,
    notes,  # feature: notes
)

LIST = []  # why; feature: none


# feature: notes (begin)
def page():
    return notes


# feature: notes (end)
def other():
    # feature: sqlite (begin)
    if os.name:
        return make()
    # feature: sqlite (end)
    return None
"""
PLAIN = """import os
from thing import (
    make,
    notes,
)

LIST = []  # why; feature: none


def page():
    return notes


def other():
    if os.name:
        return make()
    return None
"""
PAGE = "<ul>\n<li>Home</li>\n<li>Notes</li>{# feature: notes #}\n</ul>\n{# feature: sqlite (begin) #}\n<p>\n{# feature: sqlite (end) #}\n"


def test_marks_are_removed():
    """A mark at the end of a line, and a line that is nothing but a mark."""
    assert PLAIN == plain(MODULE)
    assert "<ul>\n<li>Home</li>\n<li>Notes</li>\n</ul>\n<p>\n" == plain(PAGE)
    assert PLAIN == plain(PLAIN)


def test_the_lines_of_a_feature_go_with_it():
    """The marked lines and blocks of that feature, and no others."""
    assert PLAIN.replace("    notes,\n", "").replace("def page():\n    return notes\n\n\n", "") == without("notes", MODULE)
    assert PLAIN.replace("    if os.name:\n        return make()\n", "") == without("sqlite", MODULE)
    assert "<ul>\n<li>Home</li>\n</ul>\n<p>\n" == without("notes", PAGE)
    assert "<ul>\n<li>Home</li>\n<li>Notes</li>\n</ul>\n" == without("sqlite", PAGE)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a  # feature: note\n", "'# feature: note' names none of the features: notes, sqlite"),
        ("a  # Feature: notes\n", "'a  # Feature: notes' is not a mark of a feature"),
        ("a  # feature:notes\n", "'a  # feature:notes' is not a mark of a feature"),
        ("{# feature: notes #} a\n", "'{# feature: notes #} a' is not a mark of a feature"),
        ("# feature: notes (start)\n", "'# feature: notes (start)' is not a mark of a feature"),
        ("# feature: notes (begin)\na\n", "the block of the feature 'notes' has no end"),
        ("# feature: notes (end)\n", "'# feature: notes (end)' has no beginning"),
        ("# feature: notes (begin)\n# feature: sqlite (end)\n", "'# feature: sqlite (end)' has no beginning"),
        ("# feature: notes (begin)\n# feature: notes (begin)\n", "'# feature: notes (begin)' is within the block of the feature 'notes'"),
        ("# feature: notes (begin)\na # feature: sqlite\n", "'# feature: sqlite' is within the block of the feature 'notes'"),
    ],
)
def test_a_mark_that_is_not_right_is_refused(text, said):
    """Otherwise a line would silently stay in every project, or go from every one."""
    for feature in FEATURES:
        with pytest.raises(FeatureError) as error:
            without(feature, text)
        assert said == str(error.value)


def test_a_wrong_mark_in_an_example_is_named_with_its_file(tmp_path, monkeypatch):
    """The generator says where it is."""
    monkeypatch.setattr(generate, "ROOT", tmp_path)
    (tmp_path / "app.py").write_text("a = 1  # feature: note\n")
    with pytest.raises(FeatureError, match="app.py: '# feature: note' names none of the features"):
        generate._template_of(tmp_path / "app.py", "provider", {})


def test_imports_that_only_a_feature_needed_go_with_it(tmp_path, monkeypatch):
    """And what is left has the format of the project."""
    monkeypatch.setattr(generate, "ROOT", tmp_path)
    text = "import json\nimport os\n\nA = os.name\n\n\n# feature: notes (begin)\ndef page():\n    return json\n# feature: notes (end)\n"
    (tmp_path / "app.py").write_text(text)
    template = Environment(keep_trailing_newline=True).from_string(generate._template_of(tmp_path / "app.py", "consumer", {}))  # noqa: S701
    chosen, other = (template.render(cookiecutter={"__providers": providers}) for providers in (" own ", " github "))
    assert (plain(text), "import os\n\nA = os.name\n") == (chosen, other)


def test_whole_files_of_a_feature_are_those_that_the_manifest_names(tmp_path):
    """In each role that has them; a provider keeps its notes, which are its API."""
    for role in ("provider", "consumer"):
        (tmp_path / role).mkdir()
        (tmp_path / role / "notes.py").touch()
    manifest = replace(manifests()["flask"], folder=tmp_path, features={"notes": ("notes.py",)}, shared={})
    assert {"notes": ["notes.py"], "sqlite": []} == generate._files_of_features(manifest, "consumer")
    assert {"sqlite": []} == generate._files_of_features(manifest, "provider")
    (tmp_path / "consumer" / "notes.py").unlink()
    assert {"notes": [], "sqlite": []} == generate._files_of_features(manifest, "consumer")
    (tmp_path / "provider" / "notes.py").unlink()
    with pytest.raises(ManifestError, match="features names notes.py, which no example has"):
        generate._files_of_features(manifest, "consumer")


def test_a_whole_file_of_a_feature_is_removed_from_a_project_without_it():
    """The hook that finishes a project names it."""
    values = {"files_of_features": {"notes": ["api/notes.py"], "sqlite": ["wal.py"]}}
    hook = generate._render(generate._SKELETON / "template" / "hooks" / "post_gen_project.py", values)
    for line in ('    "api/notes.py": WITHOUT["notes"],\n', '    "wal.py": WITHOUT["sqlite"],\n'):
        assert line in hook


def test_no_mark_is_left_in_a_template():
    """Nor in what the owner of a project reads."""
    assert [] == [path for path, text in generated().items() if "feature:" in text.lower()]
