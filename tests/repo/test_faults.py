"""The page of the faults tells of the tests as they are."""

import subprocess
import sys

from tests.faults import PAGE, ROOT, STORES
from tests.store.conftest import open_store


def test_the_page_of_the_faults_is_up_to_date():
    """Each kind has a test, and the page names all of them."""
    written = "from tests.faults import collect, page; import sys; sys.stdout.write(page(collect()))"
    result = subprocess.run([sys.executable, "-c", written], cwd=ROOT, capture_output=True, text=True, check=False)
    assert "" == result.stderr
    assert PAGE.read_text(encoding="utf-8") == result.stdout


def test_the_page_knows_the_stores_of_the_contract():
    """A store that joins the contract gets its place in the table."""
    assert STORES == set(open_store._fixture_function_marker.params)
