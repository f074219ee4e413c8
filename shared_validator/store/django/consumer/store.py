"""A consumer's store on the Django ORM."""

from __future__ import annotations

from shared_validator.store import ConsumerStore
from shared_validator.store.django.batches import ConsumerPruning
from shared_validator.store.django.connection import DjangoConnection
from shared_validator.store.django.consumer import models
from shared_validator.store.django.sealing import Sealing


class DjangoConsumerStore(DjangoConnection, Sealing, ConsumerPruning, ConsumerStore):
    """A consumer's store in a database of a Django project, without the tables of a provider.

    See ``DjangoStore`` for the parameters.
    """

    _PING = models.SealedValue
    _counters = models.Counter
    _sealed_values = models.SealedValue
