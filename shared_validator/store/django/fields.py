"""Fields for strings that every database can hold."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from shared_validator.store import texts


class KeyField(models.CharField):  # type: ignore[type-arg]  # only the stubs know it as generic
    """A string that is looked up."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{"max_length": texts.KEY_CHARACTERS, **options})

    def get_prep_value(self, value: Any) -> Any:
        """Return ``value``. Raises ``Unstorable``."""
        prepared = super().get_prep_value(value)
        if prepared is not None:
            texts.check(prepared, texts.KEY_CHARACTERS)
        return prepared


class ProseField(models.TextField):  # type: ignore[type-arg]
    """A string that is only stored."""

    def get_prep_value(self, value: Any) -> Any:
        """Return ``value``. Raises ``Unstorable``."""
        prepared = super().get_prep_value(value)
        if prepared is not None:
            texts.check(prepared, texts.TEXT_CHARACTERS)
        return prepared


class WordsField(models.TextField):  # type: ignore[type-arg]
    """Words without spaces, stored as one string.

    These are scopes and URIs, which the standards separate by spaces too.
    """

    def get_prep_value(self, value: Any) -> Any:
        """Return the words as one string. Raises ``Unstorable``."""
        return texts.joined(value or ())

    def from_db_value(
        self, value: str | None, expression: Any, connection: BaseDatabaseWrapper
    ) -> tuple[str, ...]:
        """Return the words of a string."""
        return texts.split(value)

    def to_python(self, value: Any) -> Any:
        """Return the words, which a fixture has in one string."""
        return texts.split(value) if isinstance(value, str) else value

    def value_to_string(self, obj: models.Model) -> str:
        """Return the words as one string for a fixture."""
        return texts.joined(self.value_from_object(obj))
