"""Signing in elsewhere. Attempts and tokens are in Django's database, encrypted."""

from django.conf import settings

from shared_validator import Consumer
from shared_validator.store.django.consumer.store import DjangoConsumerStore

consumer = Consumer(settings.CONSUMER, DjangoConsumerStore())
