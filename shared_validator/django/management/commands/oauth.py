"""``python manage.py oauth``: what an operator does by hand."""

from __future__ import annotations

import argparse
import os
from contextlib import nullcontext
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error

from shared_validator.cli import add_commands, run
from shared_validator.store import StoreUnavailable
from shared_validator.store.django.store import DjangoStore
from shared_validator.vault import VaultError


class Command(BaseCommand):
    """The commands of ``python -m shared_validator`` on the project's own database; users and tables are Django's own business."""

    help = "Look after an OAuth provider. Its settings are those of the environment, OAUTH_…."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add what every store has."""
        add_commands(parser)

    def handle(self, *args: Any, **options: Any) -> str:
        """Run one command and return what it has to say. Raises ``CommandError`` with one line that says what is wrong."""
        try:
            return run(
                argparse.Namespace(**options), lambda: nullcontext(DjangoStore()), os.environ
            )
        except (ValueError, OSError, Error, StoreUnavailable, VaultError) as error:
            raise CommandError(str(error).partition("\n")[0]) from error
