"""What a benchmark reports, and how it is shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Result:
    """One measured figure.

    Args:
        name: what was measured, and against what.
        value: the figure.
        unit: what it counts; `×` for a ratio, which is what a target can be set for on any machine.
        at_least: the target, where more is better.
        at_most: the target, where less is better.
        detail: the figures behind it.
    """

    name: str
    value: float
    unit: str = "×"
    at_least: float | None = None
    at_most: float | None = None
    detail: str = ""

    @property
    def target(self) -> str:
        """The target in words; empty where the figure is for information."""
        if self.at_least is not None:
            return f"≥ {self.at_least:g} {self.unit}"
        return "" if self.at_most is None else f"≤ {self.at_most:g} {self.unit}"

    @property
    def held(self) -> bool | None:
        """Whether the target was reached; `None` where there is none."""
        if self.at_least is not None:
            return self.value >= self.at_least
        return None if self.at_most is None else self.value <= self.at_most


_HELD = {True: "held", False: "MISSED", None: ""}


def table(results: Sequence[Result]) -> str:
    """Return the results as text in columns."""
    rows = [("what", "measured", "target", "", "detail")]
    rows += [
        (one.name, f"{one.value:.3g} {one.unit}", one.target, _HELD[one.held], one.detail)
        for one in results
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    return "\n".join(
        "  ".join(
            [*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[4]]
        ).rstrip()
        for row in rows
    )


def as_json(results: Sequence[Result]) -> list[dict[str, object]]:
    """Return the results for a JSON file."""
    return [
        {
            "name": one.name,
            "value": one.value,
            "unit": one.unit,
            "at_least": one.at_least,
            "at_most": one.at_most,
            "held": one.held,
            "detail": one.detail,
        }
        for one in results
    ]
