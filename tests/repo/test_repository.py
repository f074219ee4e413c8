"""What holds for the repository as a whole: lists that could disagree do not, and nothing has gone stale."""

import ast
import datetime
import json
import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from frameworks import assembly
from frameworks.contract import CONTRACT, routes
from frameworks.manifests import ROLES, ROOT, manifests
from frameworks.tracked import tracked_files

TRACKED = [path.relative_to(ROOT).as_posix() for path in tracked_files(ROOT) if path.is_file()]
EXAMPLES = [(name, role) for name, manifest in manifests().items() for role in manifest.roles]
COMMAND = re.compile(r"^python3 -m venv .*$", re.MULTILINE)


def test_ci_runs_the_readmes_test_command():
    """`.ci/run` calls the test command of the README as it stands there."""
    see, test = COMMAND.findall((ROOT / "README.md").read_text())
    assert see.endswith("-s demo")
    assert [test] == COMMAND.findall((ROOT / ".ci" / "run").read_text())


def test_the_test_command_runs_lint_types_and_tests():
    """Without arguments, nox does what CI has to do."""
    assert 'nox.options.sessions = ["lint", "types", "tests"]' in (ROOT / "noxfile.py").read_text()


@pytest.mark.parametrize("role", ROLES)
def test_every_heading_of_the_contract_is_a_route(role):
    """The routes can be read from the contract, and none is there twice."""
    listed = routes(role)
    assert sorted(set(listed)) == sorted(listed)
    assert ("GET", "/healthz") in listed


def test_the_contract_has_a_section_for_each_role_and_for_what_serves_them():
    """A new heading without a reader is noticed."""
    sections = [line for line in CONTRACT.read_text().splitlines() if line.startswith("## ")]
    expected = ["## What holds everywhere", "## Provider", "## Consumer", "## What `serve` gives an example", "## The seed"]
    assert expected == sections


@pytest.mark.parametrize(("name", "role"), EXAMPLES)
def test_an_example_is_short(name, role):
    """Each file of an example stays under 150 lines of code and comments, so that a reader keeps it in the head."""
    sources = assembly.files(manifests()[name], role).values()
    assert sources
    for path in sources:
        assert 150 > len([line for line in path.read_text().splitlines() if line.strip()]), path


@pytest.mark.parametrize("name", manifests())
def test_a_framework_is_complete(name):
    """Each framework has its roles' applications, and a guide that includes what exists, by its name."""
    folder = ROOT / "frameworks" / name
    guide = (folder / "guide.md").read_text()
    included = re.findall(r"\{literalinclude\} (\S+)\n((?::.*\n)*)", guide)
    assert any(":pyobject:" in options for _file, options in included)
    for file, options in included:
        source = (folder / file).read_text()
        for option, value in re.findall(r":([\w-]+): (.*)\n", options):
            if option == "pyobject":
                assert value in _definitions(source), f"{file} has no {value}"
            elif option in ("start-at", "start-after", "end-at", "end-before"):
                line = value.strip('"')  # in quotes if it begins with "#"
                assert line in source, f"{file} has no line with {line!r}"


def _definitions(source):
    definitions = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    outer = [node for node in ast.parse(source).body if isinstance(node, definitions)]
    inner = [(node, part) for node in outer for part in node.body if isinstance(part, definitions)]
    return {node.name for node in outer} | {f"{node.name}.{part.name}" for node, part in inner}


@pytest.mark.parametrize("name", manifests())
def test_a_framework_folder_is_no_package(name):
    """An `__init__.py` there would shadow the framework's own package."""
    assert not (ROOT / "frameworks" / name / "__init__.py").exists()


@pytest.mark.parametrize("manifest", manifests().values(), ids=manifests())
def test_the_review_of_a_framework_that_is_not_active_is_not_overdue(manifest):
    """Somebody looks again at a broken or legacy framework when its manifest says so."""
    assert manifest.review is None or manifest.review >= datetime.datetime.now(tz=datetime.UTC).date()


def test_the_grid_of_consumers_and_providers_shows_the_frameworks_as_they_are():
    """What `nox -s interop` wrote last is of these manifests: each framework, its title, its status, its reason, and its roles."""
    known = manifests()
    grid = json.loads((ROOT / "frameworks" / "interop.json").read_text())
    keys = ("title", "status", "reason", "review")
    stated = {
        name: (manifest.title, manifest.status, manifest.reason, manifest.review and manifest.review.isoformat())
        for name, manifest in known.items()
    }
    assert stated == {name: tuple(framework[key] for key in keys) for name, framework in grid["frameworks"].items()}
    having = {role: {name for name, manifest in known.items() if role in manifest.roles} for role in ROLES}
    assert dict.fromkeys(having["consumer"], having["provider"]) == {consumer: set(row) for consumer, row in grid["flows"].items()}


def test_no_list_of_frameworks_is_written_by_hand():
    """`noxfile.py` and the shared modules find frameworks by their folders; only the demonstration has a favourite."""
    names = {name for manifest in manifests().values() for name in (manifest.name, manifest.package, manifest.title)}
    for path in ["noxfile.py", *(path for path in TRACKED if re.fullmatch(r"frameworks/\w+\.py", path) and path != "frameworks/demo.py")]:
        words = set(re.findall(r"\w+", (ROOT / path).read_text()))
        assert set() == names & words, path


# Files that may be equal, and why.
MAY_BE_EQUAL = {
    r"cookiecutter-templates/.*": "generated",
    r"guide/examples/.*\.(sh|txt)": "a command or its output, which a page shows as a step of its own recipe",
}


def test_no_file_is_a_copy_of_another_one():
    """What is needed twice is in one place: a fault that is fixed in one copy stays in the other."""
    by_content = {}
    for path in TRACKED:
        content = (ROOT / path).read_bytes()
        if content and not any(re.fullmatch(pattern, path) for pattern in MAY_BE_EQUAL):
            by_content.setdefault(content, []).append(path)
    assert [] == [paths for paths in by_content.values() if len(paths) > 1]


def test_everything_that_is_installed_is_locked():
    """constraints.txt names a version for each dependency of every pyproject, so that this commit still passes next year."""
    lines = [line for line in (ROOT / "constraints.txt").read_text().splitlines() if line and line.lstrip()[0] != "#"]
    locked = {canonicalize_name(Requirement(line).name) for line in lines}
    for path in [path for path in TRACKED if re.fullmatch(r"(frameworks/\w+/)?pyproject\.toml", path)]:
        wanted = _requirements(tomllib.loads((ROOT / path).read_text()))
        assert set() == wanted - locked - {"shared-validator"}, path
    assert all(re.search(r"==\d", line) for line in lines)


def _requirements(document):
    groups = [
        document["project"].get("dependencies", []),
        document.get("build-system", {}).get("requires", []),
        *document["project"].get("optional-dependencies", {}).values(),
        *document.get("dependency-groups", {}).values(),
    ]
    # A group may include another one, which is there by itself.
    return {canonicalize_name(Requirement(text).name) for group in groups for text in group if isinstance(text, str)}


def test_nothing_tells_where_it_was_made():
    """No file names a folder of somebody's machine or an address of a package index."""
    local = re.compile(r"(?<![\w.])/(?:work|root|home|Users)/\w|index-url|files\.pythonhosted|pypi\.org")
    for path in TRACKED:
        if path != "tests/repo/test_repository.py":
            found = local.search((ROOT / path).read_text(encoding="utf-8", errors="replace"))
            assert found is None, f"{path}: {found[0] if found else ''}"


def test_no_framework_is_imported_by_shared_validator():
    """The package works with every framework because it knows none; only a store over a framework's own database knows that one."""
    for path in [path for path in TRACKED if path.startswith("shared_validator/") and path.endswith(".py")]:
        imported = {
            name.split(".")[0]
            for node in ast.walk(ast.parse((ROOT / path).read_text()))
            for name in ([alias.name for alias in node.names] if isinstance(node, ast.Import) else [getattr(node, "module", None) or ""])
            if isinstance(node, ast.Import | ast.ImportFrom)
        }
        store = re.match(r"shared_validator/(?:store/)?(\w+)/", path)
        assert set() == imported & {manifest.package for manifest in manifests().values()} - {store and store[1]}, path
