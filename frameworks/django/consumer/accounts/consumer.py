"""Signing in elsewhere: the attempts and the sealed tokens are in Django's database."""

from django.conf import settings

from shared_validator import Consumer
from shared_validator.store.django.store import DjangoStore

consumer = Consumer(settings.CONSUMER, DjangoStore())
