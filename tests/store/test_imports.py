"""Which way the imports go: everything is built on the store, and the store on nothing of it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import shared_validator

ROOM = Path(shared_validator.__file__).parent
STORE = sorted((ROOM / "store").rglob("*.py"))
BELOW = ("shared_validator.store.", "shared_validator.http.", "shared_validator.settings.", "shared_validator.vault.")


def _imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, path
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_the_store_imports_nothing_that_is_built_on_it() -> None:
    """Arrows point down only: the store knows HTTP's errors, the settings and the vault, and no rule of OAuth."""
    wrong = {
        (path.relative_to(ROOM).as_posix(), name)
        for path in STORE
        for name in _imported(path)
        if name.startswith("shared_validator.") and not f"{name}.".startswith(BELOW)
    }
    assert set() == wrong
    assert len(STORE) > 40
