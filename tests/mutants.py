"""Plants faults one by one in a copy of the project, and runs the tests that should notice: ``nox -s mutants``.

``tests/mutants.toml`` lists them. A fault that no test notices is a hole in the suite.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from frameworks.manifests import ROOT
from frameworks.tracked import copy_tracked

LIST = ROOT / "tests" / "mutants.toml"
PLACES = ("adapter", "page", "core")


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """A planted fault.

    Args:
        name: what is wrong, in a few words.
        where: ``adapter``, ``page`` (pages and sessions) or ``core``.
        file: the file that it is planted in.
        old: a string that occurs once in the file.
        new: the string that replaces it.
        tests: the arguments for pytest.
    """

    name: str
    where: str
    file: str
    old: str
    new: str
    tests: list[str]

    def planted(self, source: str) -> str:
        """Return the source with the fault. Raises ``ValueError`` if it cannot be planted."""
        if source.count(self.old) != 1 or self.old == self.new or self.where not in PLACES:
            raise ValueError(f"{self.name}: `old` occurs {source.count(self.old)} times in {self.file}, or `new` or `where` is wrong")
        return source.replace(self.old, self.new)


def mutants() -> list[Mutant]:
    """Return all planted faults."""
    return [Mutant(**entry) for entry in tomllib.loads(LIST.read_text(encoding="utf-8"))["mutant"]]


def fails(tests: Sequence[str], copy: Path) -> bool:
    """Return whether one of these tests fails in a copy of the project. Raises ``RuntimeError`` if they cannot be run."""
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-x", "-q", "--no-header", *tests]
    environ = os.environ | {"PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
    found = subprocess.run(command, check=False, cwd=copy, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if found.returncode not in (0, 1):
        raise RuntimeError(f"{' '.join(tests)}: pytest ended with status {found.returncode}:\n{found.stdout[-2000:]}")
    return found.returncode == 1


def is_noticed(mutant: Mutant, copy: Path) -> bool:
    """Return whether a test fails in a copy of the project with this fault."""
    path = copy / mutant.file
    source = path.read_text(encoding="utf-8")
    path.write_text(mutant.planted(source), encoding="utf-8")
    try:
        return fails(mutant.tests, copy)
    finally:
        path.write_text(source, encoding="utf-8")


def main() -> int:
    """Plant what the command line names, and return 1 if a fault goes unnoticed."""
    parser = argparse.ArgumentParser(prog="nox -s mutants --", description="Plant faults and see whether the tests notice.")
    parser.add_argument("word", nargs="*", help="only the faults whose names have one of these words")
    words = parser.parse_args().word
    chosen = [one for one in mutants() if not words or any(word in one.name for word in words)]
    missed = []
    with tempfile.TemporaryDirectory(prefix="cookbook-mutants-") as folder:
        copy = Path(folder) / "copy"
        copy_tracked(ROOT, copy)
        for tests in dict.fromkeys(tuple(one.tests) for one in chosen):
            if fails(tests, copy):
                raise RuntimeError(f"{' '.join(tests)} fails without any fault")
        for mutant in chosen:
            started = time.monotonic()
            noticed = is_noticed(mutant, copy)
            missed += [] if noticed else [mutant.name]
            print(f"{'noticed' if noticed else 'MISSED '} {time.monotonic() - started:5.0f} s  {mutant.where:8} {mutant.name}", flush=True)  # noqa: T201 - a report for a person
    print(f"{len(chosen) - len(missed)} of {len(chosen)} faults are noticed")  # noqa: T201
    return 1 if missed or not chosen else 0


if __name__ == "__main__":
    raise SystemExit(main())
