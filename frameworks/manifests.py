"""The manifests, `[tool.cookbook]` in each `pyproject.toml`: the only list of frameworks."""

from __future__ import annotations

import datetime
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from frameworks.features import FEATURES
from frameworks.sources import Source

ROOT = Path(__file__).resolve().parent.parent
KINDS = ("wsgi", "asgi", "loop")
ROLES = ("provider", "consumer")
STATUSES = ("active", "legacy", "broken")
TIERS = ("conformance", "deployment", "core")


class ManifestError(ValueError):
    """A manifest is missing or wrong; the message names the file and the key."""


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """The manifest of a framework.

    Args:
        folder: its folder, whose name is the framework's name on the command line.
        title: the framework's name in prose.
        package: the framework's import package.
        kind: `wsgi`, `asgi` or `loop`.
        roles: the examples it has: `provider`, `consumer` or both.
        server: Python's arguments to start the server in a role's folder; `{port}` is the port.
        client_address: how a server behind a proxy learns the client's address, in Markdown.
        tests: the highest tier of tests for its examples. `conformance` tests what an example
            decides itself, `deployment` also what depends on its kind of framework, `core` also
            what the shared code decides. One framework of each kind has more than `conformance`,
            and one of all has `core`.
        slow_clients: how many clients may send half a request before the server stops others. Where
            it is fewer than in other frameworks, `guide.md` says to put a buffering proxy in front.
        migrate: Python's arguments to prepare the database, in the role's folder.
        seed: Python's arguments to load a seed there; the file's name follows them.
        new_user: Python's arguments to create a user there; the user's name follows them.
        only: the dependencies that only one role needs, by the role.
        features: the files of the examples that belong only to a feature, by the feature.
        shared: the files of `frameworks/shared/` that a role has, by the role; each is named by its
            path in the example.
        dependencies: what the examples need, from `[project]`.
        status: `active`; or `legacy` or `broken`, with a reason and a review date.
        source: where to get the framework if no package index has it.
        reason: why it is not active.
        review: the date of the next review.
        extras: the recipes' additional dependencies, by the name of each in
            `[project.optional-dependencies]`.
    """

    folder: Path
    title: str
    package: str
    kind: str
    roles: tuple[str, ...]
    server: tuple[str, ...]
    client_address: str
    dependencies: tuple[str, ...]
    status: str
    tests: str = TIERS[0]
    slow_clients: int = 120
    migrate: tuple[str, ...] = ("-m", "shared_validator", "migrate")
    seed: tuple[str, ...] = ("-m", "shared_validator", "seed")
    new_user: tuple[str, ...] = ("-m", "shared_validator", "new-user")
    only: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    shared: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    features: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    source: Source | None = None
    reason: str | None = None
    review: datetime.date | None = None
    extras: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The framework's name, which is its folder's."""
        return self.folder.name

    def with_extra(self, name: str) -> Manifest:
        """Return this manifest with one of its extras among the dependencies. Raises `ManifestError`."""
        if name not in self.extras:
            raise ManifestError(
                f"{self.name} has no extra {name}; it has: {', '.join(self.extras) or 'none'}"
            )
        return replace(self, dependencies=(*self.dependencies, *self.extras[name]))


def manifests(frameworks: Path = ROOT / "frameworks") -> dict[str, Manifest]:
    """Return all manifests by the framework's name. Raises `ManifestError`."""
    found = [read(path) for path in sorted(frameworks.glob("*/pyproject.toml"))]
    if not found:
        raise ManifestError(f"{frameworks}: holds no framework")
    return {manifest.name: manifest for manifest in found}


def read(path: Path) -> Manifest:
    """Return one manifest. Raises `ManifestError`."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ManifestError(f"{path}: {error}") from error
    table = document.get("tool", {}).get("cookbook")
    if table is None:
        raise ManifestError(f"{path}: has no [tool.cookbook]")
    _check(path, table)
    values: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in table.items()
    }
    project = document.get("project", {})
    for key, names in {
        "only": values["roles"],
        "shared": values["roles"],
        "features": FEATURES,
    }.items():
        if key in values:
            values[key] = _lists(path, key, values[key], names)
    if "source" in values:
        values["source"] = _source(path, values["source"])
    return Manifest(
        **values,
        folder=path.parent,
        dependencies=tuple(project.get("dependencies", ())),
        extras={
            name: tuple(packages)
            for name, packages in project.get("optional-dependencies", {}).items()
        },
    )


def _source(path: Path, table: dict[str, Any]) -> Source:
    wanted = {one.name for one in fields(Source)}
    if table.keys() != wanted or not all(isinstance(value, str) for value in table.values()):
        raise ManifestError(
            f"{path}: source has {', '.join(sorted(wanted))}, each a string, and nothing else"
        )
    return Source(**table)


def _lists(
    path: Path, key: str, table: dict[str, Any], names: tuple[str, ...]
) -> dict[str, tuple[str, ...]]:
    if not table.keys() <= set(names) or not all(
        _is_list_of_strings(value) for value in table.values()
    ):
        raise ManifestError(f"{path}: {key} has lists of strings, by {', '.join(names)}")
    return {name: tuple(value) for name, value in table.items()}


def _is_list_of_strings(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(part, str) for part in value)


_TYPES = {
    "title": str,
    "package": str,
    "kind": str,
    "roles": list,
    "server": list,
    "client_address": str,
    "status": str,
}
_MAY = {
    "tests": str,
    "slow_clients": int,
    "migrate": list,
    "seed": list,
    "new_user": list,
    "only": dict,
    "shared": dict,
    "features": dict,
    "source": dict,
}


def _check(path: Path, table: dict[str, Any]) -> None:
    inactive = {"reason": str, "review": datetime.date} if table.get("status") != "active" else {}
    wanted = _TYPES | inactive
    for key, kind in wanted.items():
        if not isinstance(table.get(key), kind):
            raise ManifestError(f"{path}: {key} is missing or not a {kind.__name__}")
    for key, kind in _MAY.items():
        if not isinstance(table.get(key, kind()), kind):
            raise ManifestError(f"{path}: {key} is not a {kind.__name__}")
    for key in table:
        if key not in wanted | _MAY:
            raise ManifestError(
                f"{path}: {key} is not a key of a manifest with the status {table['status']!r}"
            )
    for key, allowed in (("kind", KINDS), ("status", STATUSES), ("tests", TIERS)):
        if key in table and table[key] not in allowed:
            raise ManifestError(
                f"{path}: {key} is {table[key]!r}, and must be one of {', '.join(allowed)}"
            )
    for role in table["roles"]:
        if role not in ROLES:
            raise ManifestError(f"{path}: roles has {role!r}, and may have {', '.join(ROLES)}")
        if not (path.parent / role).is_dir():
            raise ManifestError(f"{path}: roles has {role!r}, but there is no such folder")
    if not any("{port}" in argument for argument in table["server"]):
        raise ManifestError(f"{path}: server does not say where {{port}} goes")
