"""What the tests in process share."""

from __future__ import annotations

from contextvars import ContextVar

import pytest

from shared_validator import Event, events, on_event

ADDRESS = "192.0.2.7"


@pytest.fixture
def happened(monkeypatch: pytest.MonkeyPatch) -> list[Event]:
    """The events of a test, in order, as a hook gets them."""
    monkeypatch.setattr(events, "_hooks", [])
    monkeypatch.setattr(events, "address", ContextVar("address", default=ADDRESS))
    found: list[Event] = []
    on_event(found.append)
    return found


def fields_of(happened: list[Event], name: str) -> dict[str, str]:
    """Return the fields of the one event with this name."""
    (event,) = (event for event in happened if event.name == name)
    return dict(event.fields)
