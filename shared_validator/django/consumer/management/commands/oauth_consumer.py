"""``python manage.py oauth_consumer``: the commands for operators."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from shared_validator.cli import add_consumer_commands
from shared_validator.django.commands import OperatorCommand
from shared_validator.django.consumer.apps import OAuthConsumerConfig
from shared_validator.store.django.consumer.store import DjangoConsumerStore


class Command(OperatorCommand):
    """The commands of ``python -m shared_validator … --consumer`` for the project's own database."""

    help = "Look after an OAuth consumer. Its settings are those of the environment, CONSUMER_…."

    application = OAuthConsumerConfig.label
    store = DjangoConsumerStore

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the commands that a consumer's store has."""
        add_consumer_commands(parser)
        parser.set_defaults(consumer=True)

    def handle(self, *args: Any, **options: Any) -> str:
        """Run one command and return its message. Raises ``CommandError``."""
        return self.run(options)
