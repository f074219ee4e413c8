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
