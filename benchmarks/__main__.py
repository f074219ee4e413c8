"""Measures what things cost: `python -m benchmarks [NAME …] [--json FILE]`. A target that is missed makes the exit status 1."""

from __future__ import annotations

import argparse
import json
import platform
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from benchmarks import event_loop, oauth1_verification, provider, sign_ins, store_growth
from benchmarks.results import Result, as_json, table


def _at_most(found: Mapping[str, Any]) -> Result:
    name, _, unit = found["name"].partition(", in ")
    return Result(
        name=name,
        value=found["ratio"],
        unit=unit or "×",
        at_most=found["target"],
        detail=found["detail"],
    )


BENCHMARKS: dict[str, Callable[[], Iterable[Result]]] = {
    "provider": provider.measure,
    "oauth1": lambda: [_at_most(oauth1_verification.measure())],
    "store": lambda: map(_at_most, store_growth.measure()),
    "start-up": provider.measure_start_up,
    "event-loop": event_loop.measure,
    "sign-ins": sign_ins.measure,
}


def main() -> int:
    """Measure what the command line names, show it, and return the exit status."""
    parser = argparse.ArgumentParser(
        prog="nox -s bench --", description="Measure what things cost, as ratios within one run."
    )
    parser.add_argument(
        "names",
        nargs="*",
        metavar="NAME",
        help=f"of: {', '.join(BENCHMARKS)}; all of them without one",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results there too")
    options = parser.parse_args()
    for name in options.names:
        if name not in BENCHMARKS:
            parser.error(f"{name}: is not a benchmark")
    results: list[Result] = []
    for name in options.names or BENCHMARKS:
        print(f"measuring {name} …", file=sys.stderr)  # noqa: T201 - it takes minutes
        results += BENCHMARKS[name]()
    print(table(results))  # noqa: T201 - what was asked for
    if options.json:
        options.json.write_text(
            json.dumps(
                {"python": platform.python_version(), "results": as_json(results)},
                ensure_ascii=False,
                indent=2,
            )
        )
    return int(any(one.held is False for one in results))


if __name__ == "__main__":
    raise SystemExit(main())
