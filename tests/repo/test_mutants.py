"""The planted faults can still be planted."""

import pytest

from tests.mutants import ROOT, mutants


@pytest.mark.parametrize("mutant", mutants(), ids=lambda mutant: mutant.name)
def test_a_fault_can_be_planted(mutant):
    """What it replaces is in its file once, and the tests that should notice it exist."""
    source = (ROOT / mutant.file).read_text(encoding="utf-8")
    assert source != mutant.planted(source)
    paths = [argument.partition("::")[0] for argument in mutant.tests if argument.startswith(("tests/", "frameworks/"))]
    assert paths
    assert all((ROOT / path).exists() for path in paths)


def test_the_page_lists_each_fault():
    """The table tells which tests notice it, and whether they did before the tiers."""
    page = (ROOT / "tests" / "MUTANTS.md").read_text(encoding="utf-8")
    assert [mutant.name for mutant in mutants()] == [line.split(" | ")[0][2:] for line in page.splitlines() if line.startswith("| ")][1:]
