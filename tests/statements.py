"""What a store says to its database."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from sqlalchemy import event

from shared_validator.store.sql import SQLStore


class Recorded(list[str]):
    """The statements of a while, in order, ``BEGIN`` and ``COMMIT`` among them."""

    @property
    def counted(self) -> tuple[int, int]:
        """How many statements there were, without ``BEGIN`` and ``COMMIT``; and how many transactions wrote."""
        statements = [text for text in self if not text.startswith(("BEGIN", "COMMIT"))]
        alone = self.count("COMMIT") == 0 and any(not text.startswith("SELECT") for text in statements)
        return len(statements), self.count("COMMIT") + alone


@contextlib.contextmanager
def recorded(store: SQLStore) -> Iterator[Recorded]:
    """Record the statements of ``store`` within the block, whatever thread they come from."""
    statements = Recorded()

    def record(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        statements.append(statement)

    event.listen(store.engine, "before_cursor_execute", record)
    try:
        yield statements
    finally:
        event.remove(store.engine, "before_cursor_execute", record)
