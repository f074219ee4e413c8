"""The consumer. Its attempts and tokens are encrypted in Django's database."""

from django.conf import settings

from shared_validator import Consumer
from shared_validator.store.django.consumer.store import DjangoConsumerStore

consumer = Consumer(settings.CONSUMER, DjangoConsumerStore())
