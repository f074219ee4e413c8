"""``python manage.py oauth``: the commands for operators."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from shared_validator.cli import add_commands
from shared_validator.django.apps import OAuthConfig
from shared_validator.django.commands import OperatorCommand
from shared_validator.django.provider import offered_scopes
from shared_validator.store.django.store import DjangoStore


class Command(OperatorCommand):
    """The commands of ``python -m shared_validator`` for the project's own database and users.

    There are none to make users and tables: Django has ``createsuperuser`` and ``migrate``.
    """

    help = "Look after an OAuth provider. Its settings are those of the environment, OAUTH_…."

    application = OAuthConfig.label
    store = DjangoStore

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the commands that every store has."""
        add_commands(parser)

    def handle(self, *args: Any, **options: Any) -> str:
        """Run one command and return its message. Raises ``CommandError``."""
        return self.run(options, offered_scopes())
