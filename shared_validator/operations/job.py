"""What a command gets to do its work."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from shared_validator.settings import Settings
from shared_validator.vault import Vault

Listed = TypeVar("Listed")

_PAGE = 500


@dataclass(frozen=True)
class Job:
    """A command to run.

    Args:
        options: the options that the parser of ``cli.add_commands`` has read.
        store: the store: a ``Store``, or a ``ConsumerStore`` if the command needs no more.
        environ: the settings.
        scopes: the scopes that the application offers, if they are known without the store.
    """

    options: argparse.Namespace
    store: Any
    environ: Mapping[str, str]
    scopes: Collection[str] | None

    @property
    def vault(self) -> Vault:
        """The vault with the provider's keys. Raises ``SettingsError``."""
        return Vault(Settings.from_environ(self.environ).secret_keys)

    @property
    def offered_scopes(self) -> Collection[str] | None:
        """The scopes that the application offers, or ``None`` if no provider has started yet."""
        return self.scopes or self.store.offered_scopes() or None


def all_pages(
    list_page: Callable[[str, int], list[Listed]], key: Callable[[Listed], str]
) -> Iterator[Listed]:
    """Yield all records of a list that a store returns in parts.

    Args:
        list_page: a method such as ``Store.list_users``.
        key: returns the key by which the list is sorted.
    """
    page = list_page("", _PAGE)
    while page:
        yield from page
        page = list_page(key(page[-1]), _PAGE)
