"""Plants faults one by one in a copy of the project, and runs the tests that should notice: ``nox -s mutants``.

``tests/mutants.toml`` lists them. A fault that no test notices is a hole in the suite.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LIST = ROOT / "tests" / "mutants.toml"
TIERS = ("adapter", "page", "core")


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """A planted fault.

    Args:
        name: what is wrong, in a few words.
        where: ``adapter``, ``page`` (pages and sessions) or ``core``.
        file: the file that it is planted in.
        old: what is there once.
        new: what takes its place.
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
        if source.count(self.old) != 1 or self.old == self.new or self.where not in TIERS:
            raise ValueError(f"{self.name}: {self.file} has {source.count(self.old)} times what the fault replaces")
        return source.replace(self.old, self.new)


def mutants() -> list[Mutant]:
    """Return all planted faults."""
    return [Mutant(**entry) for entry in tomllib.loads(LIST.read_text(encoding="utf-8"))["mutant"]]


def fails(name: str, tests: list[str], copy: Path) -> bool:
    """Return whether one of these tests fails in a copy of the project. Raises ``RuntimeError`` if they cannot be run."""
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-x", "-q", "--no-header", *tests]
    environ = os.environ | {"PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
    found = subprocess.run(command, check=False, cwd=copy, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if found.returncode not in (0, 1):
        raise RuntimeError(f"{name}: pytest ended with status {found.returncode}:\n{found.stdout[-2000:]}")
    return found.returncode == 1


def is_noticed(mutant: Mutant, copy: Path) -> bool:
    """Return whether a test fails in a copy of the project with this fault, and not without it."""
    path = copy / mutant.file
    source = path.read_text(encoding="utf-8")
    path.write_text(mutant.planted(source), encoding="utf-8")
    try:
        if not fails(mutant.name, mutant.tests, copy):
            return False
    finally:
        path.write_text(source, encoding="utf-8")
    if fails(mutant.name, mutant.tests, copy):
        raise RuntimeError(f"{mutant.name}: its tests fail without it too")
    return True


def main() -> int:
    """Plant what the command line names, and return 1 if a fault goes unnoticed."""
    parser = argparse.ArgumentParser(prog="nox -s mutants --", description="Plant faults and see whether the tests notice.")
    parser.add_argument("word", nargs="*", help="only the faults whose names have one of these words")
    words = parser.parse_args().word
    chosen = [one for one in mutants() if not words or any(word in one.name for word in words)]
    missed = []
    with tempfile.TemporaryDirectory(prefix="cookbook-mutants-") as folder:
        copy = Path(folder) / "copy"
        tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
        for name in filter(None, tracked.split("\0")):
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, copy / name, follow_symlinks=False)
        for mutant in chosen:
            started = time.monotonic()
            noticed = is_noticed(mutant, copy)
            missed += [] if noticed else [mutant.name]
            print(f"{'noticed' if noticed else 'MISSED '} {time.monotonic() - started:5.0f} s  {mutant.where:8} {mutant.name}", flush=True)  # noqa: T201 - a report for a person
    print(f"{len(chosen) - len(missed)} of {len(chosen)} faults are noticed")  # noqa: T201
    return 1 if missed or not chosen else 0


if __name__ == "__main__":
    raise SystemExit(main())
