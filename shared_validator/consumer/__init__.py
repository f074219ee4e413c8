"""The consumer: signing users in with providers, and calling their APIs for the user."""

from __future__ import annotations

from shared_validator.consumer.consumer import AsyncConsumer, Consumer
from shared_validator.consumer.errors import ConsumerError, api_failure
from shared_validator.consumer.records import Login
from shared_validator.consumer.settings import ConsumerSettings

__all__ = ["AsyncConsumer", "Consumer", "ConsumerError", "ConsumerSettings", "Login", "api_failure"]
