"""`{settings} provider` and `{settings} consumer`: each variable, its default and its meaning, from the dataclass and its docstring."""

from __future__ import annotations

import dataclasses

from sphinx.application import Sphinx

from cookbook.docstrings import arguments
from cookbook.tables import Generated, MissingSource, table
from shared_validator.consumer.settings import VARIABLES, ConsumerSettings
from shared_validator.settings import Settings, variable


class SettingsTable(Generated):
    """The settings of a role; after the role, names of variables may follow: then only these."""

    required_arguments = 1
    optional_arguments = 20

    def markdown(self) -> str:
        """Return the table."""
        role, *wanted = self.arguments
        known = {row[0]: row for row in rows(role)}
        for name in wanted:
            if name not in known:
                raise MissingSource(f"the {role} has no setting {name}")
        return table(
            ("variable", "default", "meaning"),
            [(f"`{name}`", *known[name][1:]) for name in wanted or known],
        )


def rows(role: str) -> list[tuple[str, str, str]]:
    """Return the variable, the default and the meaning of each setting of a role. Raises `MissingSource`."""
    if role == "provider":
        meanings = arguments(Settings)
        return [
            (
                variable(field.name),
                _default(field),
                meanings.get(field.name) or _undocumented(field),
            )
            for field in dataclasses.fields(Settings)
        ]
    if role == "consumer":
        meanings = arguments(ConsumerSettings)
        fields = dataclasses.fields(ConsumerSettings)
        return [
            (
                VARIABLES[field.name],
                _default(field),
                meanings.get(field.name) or _undocumented(field),
            )
            for field in fields
        ]
    raise MissingSource(f"there are settings of a provider and of a consumer, not of {role}")


def _undocumented(field: dataclasses.Field[object]) -> str:
    raise MissingSource(f"the docstring says nothing of {field.name}")


def _default(field: dataclasses.Field[object]) -> str:
    if field.default is dataclasses.MISSING:
        return "required"
    if isinstance(field.default, bool):
        return f"`{str(field.default).lower()}`"
    return f"`{field.default}`" if field.default != () else "none"


def setup(app: Sphinx) -> None:
    """Add the directive."""
    app.add_directive("settings", SettingsTable)
