"""A manifest that is not right is refused by the file and the key."""

import datetime

import pytest

from frameworks.manifests import ManifestError, manifests, read
from frameworks.sources import Source

GOOD = {
    "title": '"Example"',
    "package": '"example"',
    "kind": '"wsgi"',
    "roles": '["provider"]',
    "server": '["-m", "example", "{port}"]',
    "client_address": '"a middleware"',
    "status": '"active"',
}


@pytest.fixture
def manifest(tmp_path):
    """Write a manifest with some keys changed, and return its path."""

    def write(**changes):
        folder = tmp_path / "example"
        (folder / "provider").mkdir(parents=True)
        lines = [f"{key} = {value}" for key, value in (GOOD | changes).items() if value]
        path = folder / "pyproject.toml"
        path.write_text("\n".join(['[project]\ndependencies = ["example>=1"]', "[tool.cookbook]", *lines]))
        return path

    return write


def test_a_manifest_says_what_a_framework_needs(manifest):
    """The name is the folder's; the dependencies are the project's."""
    found = read(manifest())
    assert ("example", ("example>=1",), ("provider",), "active") == (found.name, found.dependencies, found.roles, found.status)


def test_a_framework_with_a_database_of_its_own_says_how_it_is_prepared(manifest):
    """Without a word of it, `shared_validator` makes the schema and loads the seed."""
    found = read(manifest(migrate='["manage.py", "migrate"]'))
    assert (("manage.py", "migrate"), ("-m", "shared_validator", "seed")) == (found.migrate, found.seed)


def test_what_a_recipe_needs_is_installed_for_it_alone(manifest):
    """An extra is one of the project's optional dependencies; an example runs without it."""
    path = manifest()
    path.write_text(path.read_text().replace("[tool", '[project.optional-dependencies]\nmore = ["more>=2"]\n[tool'))
    assert (("example>=1",), ("example>=1", "more>=2")) == (read(path).dependencies, read(path).with_extra("more").dependencies)
    with pytest.raises(ManifestError, match="example has no extra less; it has: more"):
        read(path).with_extra("less")


def test_a_framework_that_no_index_has_says_where_it_is_to_be_had(manifest):
    """A folder, or one commit of which one folder is kept, known by its content."""
    source = '{variable = "EXAMPLE_HOME", archive = "https://forge.example/1.tar.gz", keep = "example", sha256 = "0123"}'
    found = read(manifest(source=source)).source
    assert Source(variable="EXAMPLE_HOME", archive="https://forge.example/1.tar.gz", keep="example", sha256="0123") == found


def test_a_framework_that_is_not_active_says_why_and_until_when(manifest):
    """A legacy or broken framework has a reason and a review date."""
    found = read(manifest(status='"legacy"', reason='"its last release is old"', review="2999-01-01"))
    assert ("its last release is old", datetime.date(2999, 1, 1)) == (found.reason, found.review)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("title", ""),
        ("package", "7"),
        ("kind", '"cgi"'),
        ("roles", '"provider"'),
        ("roles", '["observer"]'),
        ("roles", '["consumer"]'),
        ("server", '["-m", "example"]'),
        ("client_address", ""),
        ("status", '"asleep"'),
        ("reason", '"active ones have none"'),
        ("port", "5000"),
        ("tests", '"all of them"'),
        ("migrate", '"manage.py migrate"'),
        ("seed", "7"),
        ("only", '{consumer = ["example"]}'),
        ("features", '{notes = "notes.py"}'),
        ("features", '{pictures = ["pictures.py"]}'),
        ("shared", '{provider = "notes.py"}'),
        ("shared", "{provider = [7]}"),
        ("source", '"https://forge.example/1.tar.gz"'),
        ("source", '{variable = "EXAMPLE_HOME"}'),
        ("source", '{variable = "EXAMPLE_HOME", archive = "a", keep = "k", sha256 = 7}'),
    ],
)
def test_a_wrong_manifest_is_refused_by_its_key(manifest, key, value):
    """A key that is missing, unknown or has a wrong value is named."""
    path = manifest(**{key: value})
    with pytest.raises(ManifestError, match=f"{path}: ({key}|reason) "):
        read(path)


@pytest.mark.parametrize("missing", ["reason", "review"])
def test_a_broken_framework_without_reason_or_date_is_refused(manifest, missing):
    """Nothing stays broken silently."""
    keys = {"reason": '"it does not start"', "review": "2999-01-01"} | {missing: ""}
    path = manifest(status='"broken"', **keys)
    with pytest.raises(ManifestError, match=f"{missing} is missing"):
        read(path)


@pytest.mark.parametrize("text", ["[project]\n", "not toml"])
def test_a_project_without_manifest_is_refused(tmp_path, text):
    """A folder with a pyproject.toml is a framework, or a mistake."""
    path = tmp_path / "pyproject.toml"
    path.write_text(text)
    with pytest.raises(ManifestError, match=str(path)):
        read(path)


def test_no_frameworks_at_all_is_a_mistake(tmp_path):
    """An empty folder would make every test over frameworks pass by running none."""
    with pytest.raises(ManifestError, match="holds no framework"):
        manifests(tmp_path)


def test_of_each_kind_one_framework_is_asked_what_depends_on_the_kind_and_of_all_one_what_the_shared_code_decides():
    """No tier of the tests is without a framework, and shared code is tested once."""
    active = [manifest for manifest in manifests().values() if manifest.status != "broken"]
    assert {one.kind for one in active} == {one.kind for one in active if one.tests != "conformance"}
    assert 1 == len([one for one in active if one.tests == "core"])
