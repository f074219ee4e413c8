"""The consumer's side: signing people in at other providers, and calling an API for them."""

from __future__ import annotations

from shared_validator.consumer.consumer import AsyncConsumer, Consumer
from shared_validator.consumer.errors import ConsumerError, api_failure
from shared_validator.consumer.records import Login
from shared_validator.consumer.settings import ConsumerSettings

__all__ = ["AsyncConsumer", "Consumer", "ConsumerError", "ConsumerSettings", "Login", "api_failure"]
