"""What both commands of ``manage.py`` share."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any, ClassVar

from django.core.management.base import BaseCommand, CommandError
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor

from shared_validator.operations import ERRORS, run
from shared_validator.settings import SettingsError


class OperatorCommand(BaseCommand):
    """A command that has the commands of ``python -m shared_validator``.

    ``application`` is the label of the application with the tables, and ``store`` makes the store.
    """

    application: ClassVar[str]
    store: ClassVar[Callable[[], Any]]

    def run(self, options: Mapping[str, Any], scopes: Collection[str] | None = None) -> str:
        """Run one command and return its message. Raises ``CommandError``."""
        try:
            return run(
                argparse.Namespace(**options), lambda: self._open(options), os.environ, scopes
            )
        except ERRORS as error:
            raise CommandError(str(error)) from error
        except Error as error:
            raise CommandError(str(error).partition("\n")[0]) from error

    def _open(self, options: Mapping[str, Any]) -> AbstractContextManager[Any]:
        if options["command"] == "check":
            executor = MigrationExecutor(connection)
            if executor.migration_plan(executor.loader.graph.leaf_nodes(self.application)):
                raise SettingsError(
                    "the tables are missing or of another version: run `manage.py migrate`"
                )
        return nullcontext(type(self).store())
