"""The results of every consumer's flows with every provider, as a grid and as JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from frameworks.manifests import Manifest
from frameworks.registration import PROTOCOLS

OK = "ok"


@dataclass(frozen=True)
class Absence:
    """Why an example of a framework that is not broken was not served.

    Args:
        reason: one line for people to read.
        excused: whether the grid is complete without it; otherwise its absence is a failure.
    """

    reason: str
    excused: bool


@dataclass(frozen=True)
class Grid:
    """The results.

    Args:
        frameworks: the manifests by the framework's name.
        versions: the installed versions of its examples' dependencies, by the framework's name.
        absent: the examples that were not served, by framework and role.
        flows: for each consumer and provider that were served, by protocol: `OK`, or one line with
            the reason for the failure.
    """

    frameworks: Mapping[str, Manifest]
    versions: Mapping[str, Mapping[str, str]]
    absent: Mapping[tuple[str, str], Absence]
    flows: Mapping[tuple[str, str], Mapping[str, str]]

    @property
    def whole(self) -> bool:
        """Whether every flow that should succeed did so. An empty grid is not whole."""
        results = [result for cell in self.flows.values() for result in cell.values()]
        return (
            bool(results)
            and {OK} == set(results)
            and all(absence.excused for absence in self.absent.values())
        )

    def table(self) -> str:
        """Return the grid: a row for each consumer, a column for each provider."""
        providers = self._having("provider")
        rows = [
            ["consumer \\ provider", *(self.frameworks[provider].title for provider in providers)]
        ]
        for consumer in self._having("consumer"):
            rows.append(
                [
                    self.frameworks[consumer].title,
                    *(_cell(self.flows.get((consumer, provider), {})) for provider in providers),
                ]
            )
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)

    def reasons(self) -> Iterator[str]:
        """Yield a line for each framework that is not active, and for each gap in the grid."""
        for manifest in self.frameworks.values():
            if manifest.status != "active":
                yield f"{manifest.title} is {manifest.status}: {manifest.reason} (review on {manifest.review})"
        for (name, role), absence in self.absent.items():
            yield f"{self.frameworks[name].title} {role}: {absence.reason}"
        for (consumer, provider), cell in sorted(self.flows.items()):
            for protocol, result in cell.items():
                if result != OK:
                    yield f"{self.frameworks[consumer].title} at {self.frameworks[provider].title}, {PROTOCOLS[protocol]}: {result}"

    def as_json(self) -> str:
        """Return the results as a JSON document. The same results always give the same string.

        `python` is the version that the examples ran on. `frameworks` has for each framework the
        manifest's `title` and `status`, its `reason`, `review` and the `source`'s archive (or
        null), the `versions` of its dependencies, and in `not_served` the reason for each role
        that was not served. `flows` has, for each consumer, provider and protocol, `"ok"` or the
        reason for the failure. It has no protocols for a pair of which one was not served.
        """
        document = {
            "python": f"{sys.version_info.major}.{sys.version_info.minor}",
            "frameworks": {
                name: self._framework(manifest) for name, manifest in self.frameworks.items()
            },
            "flows": {
                consumer: {
                    provider: self.flows.get((consumer, provider), {})
                    for provider in self._having("provider")
                }
                for consumer in self._having("consumer")
            },
        }
        return json.dumps(document, indent=2, ensure_ascii=False, sort_keys=True) + "\n"

    def _framework(self, manifest: Manifest) -> dict[str, object]:
        return {
            "title": manifest.title,
            "status": manifest.status,
            "reason": manifest.reason,
            "review": manifest.review and manifest.review.isoformat(),
            "source": manifest.source and manifest.source.archive,
            "versions": self.versions.get(manifest.name, {}),
            "not_served": {
                role: absence.reason
                for (name, role), absence in self.absent.items()
                if name == manifest.name
            },
        }

    def _having(self, role: str) -> list[str]:
        return [name for name, manifest in self.frameworks.items() if role in manifest.roles]


def _cell(results: Mapping[str, str]) -> str:
    failed = [protocol for protocol, result in results.items() if result != OK]
    if len(failed) == len(results):
        return "neither" if failed else ""
    return f"no {failed[0]}" if failed else "both"
