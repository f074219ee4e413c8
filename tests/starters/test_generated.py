"""The templates are what the examples are, and nothing else."""

import subprocess
import sys

import pytest
from cookiecutter.main import cookiecutter

from frameworks import assembly
from frameworks.features import plain
from frameworks.manifests import ROOT
from frameworks.starter import pages
from frameworks.starter.generate import LINK, TEMPLATES, generated
from tests.starters.templates import ACTIVE, STARTERS, write_repository

CHECK = [sys.executable, "-m", "frameworks.starter.generate", "--check"]


def test_no_generated_file_is_out_of_date():
    """`nox -s generate` would change nothing: nobody edited a template, or an example without its template."""
    done = subprocess.run(CHECK, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (0, "") == (done.returncode, done.stderr)


def test_a_generated_file_that_was_changed_by_hand_is_named(tmp_path):
    """The check fails for a file that is different, one that is missing and one that should not be there."""
    copy = write_repository(tmp_path / "copy")
    template = copy / TEMPLATES.name / ACTIVE[0]
    (template / "cookiecutter.json").write_text("{}")
    (template / "refusal.py").unlink()
    (template / LINK).unlink()
    (template / "mine.txt").write_text("mine")
    done = subprocess.run(CHECK, cwd=copy, capture_output=True, text=True, check=False)
    said = [
        f"{TEMPLATES.name}/{ACTIVE[0]}/{name} is out of date: run `nox -s generate`"
        for name in (LINK, "cookiecutter.json", "mine.txt", "refusal.py")
    ]
    assert (1, said) == (done.returncode, done.stderr.splitlines())


def test_every_active_framework_has_a_template_for_each_role():
    """The menu names them, and no framework that is not active."""
    assert sorted(ACTIVE) == sorted({path.partition("/")[0] for path in generated() if "/" in path})


@pytest.fixture(scope="module", params=ACTIVE)
def baked(request, tmp_path_factory):
    """A project that was made with the default answers, and its template."""
    folder = tmp_path_factory.mktemp("baked")
    # What comes after the generation changes no file of the example.
    project = cookiecutter(str(TEMPLATES / request.param), no_input=True, default_config=True, output_dir=str(folder), accept_hooks=False)
    return request.param, folder / project


def test_with_the_default_answers_a_project_is_its_example(baked, tmp_path):
    """Byte for byte, in each file of the example."""
    template, project = baked
    manifest, role = STARTERS[template]
    example = tmp_path / "example"
    assembly.assemble(manifest, role, example)
    files = [path for path in example.rglob("*") if path.is_file()]
    assert files
    for path in files:
        assert path.read_bytes() == (project / path.relative_to(example)).read_bytes(), path


def test_a_project_holds_the_pages_that_it_shows(baked):
    """They are the shared ones, but for the name of the site."""
    template, project = baked
    for page in pages.pages_of(STARTERS[template][1]):
        shared = plain((pages.FOLDER / page).read_text())
        if page == "base.html":
            shared = shared.replace('site_name = ""', f'site_name = "OAuth {STARTERS[template][1].title()}"')
        assert shared == (project / "templates" / page).read_text(), page


@pytest.mark.parametrize("role", ["provider", "consumer"])
def test_the_pages_of_both_roles_are_all_pages(role):
    """A page that is added to the shared ones comes into the projects of the role that shows it."""
    both = {*pages.pages_of("provider"), *pages.pages_of("consumer")}
    assert {path.name for path in pages.FOLDER.iterdir()} == both
    assert both - set(pages.pages_of(role))


def test_code_hosts_are_told_what_is_generated():
    """They hide it in a comparison of two versions."""
    command = ["git", "check-attr", "linguist-generated", "gitlab-generated", "--", f"{TEMPLATES.name}/cookiecutter.json"]
    attributes = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert ["true", "true"] == [line.rpartition(" ")[2] for line in attributes.splitlines()]
