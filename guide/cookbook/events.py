"""`{events}`: each event of the log, with its logger, its level and its meaning."""

from __future__ import annotations

import logging

from sphinx.application import Sphinx

from cookbook.tables import Generated, table
from shared_validator.events import EVENTS


class EventsTable(Generated):
    """The table of all events."""

    def markdown(self) -> str:
        """Return the table."""
        return table(("event", "logger", "level", "meaning"), rows())


def rows() -> list[tuple[str, str, str, str]]:
    """Return a row for each event."""
    return [
        (f"`{name}`", f"`shared_validator.{area}`", logging.getLevelName(level), meaning)
        for name, (area, level, meaning) in EVENTS.items()
    ]


def setup(app: Sphinx) -> None:
    """Add the directive."""
    app.add_directive("events", EventsTable)
