"""``python manage.py oauth``: the commands for operators."""

from __future__ import annotations

import argparse
import os
from contextlib import nullcontext
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error

from shared_validator.cli import add_commands
from shared_validator.operations import ERRORS, run
from shared_validator.store.django.store import DjangoStore


class Command(BaseCommand):
    """The commands of ``python -m shared_validator`` for the project's own database.

    There are none for users and tables, which Django manages.
    """

    help = "Look after an OAuth provider. Its settings are those of the environment, OAUTH_…."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the commands that every store has."""
        add_commands(parser)

    def handle(self, *args: Any, **options: Any) -> str:
        """Run one command and return its message. Raises ``CommandError`` with one line."""
        try:
            return run(
                argparse.Namespace(**options), lambda: nullcontext(DjangoStore()), os.environ
            )
        except (*ERRORS, Error) as error:
            raise CommandError(str(error).partition("\n")[0]) from error
