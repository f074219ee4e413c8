"""Signing people in elsewhere: the attempts, and the tokens at rest, are in Django's database."""

from django.conf import settings

from shared_validator.consumer import Consumer
from shared_validator.store.django.consumer.store import DjangoConsumerStore

store = DjangoConsumerStore()
consumer = Consumer(settings.CONSUMER, store)
