"""The tables of ``DjangoConsumerStore``."""

from __future__ import annotations

from shared_validator.store.django.value_fields import CounterFields, SealedValueFields


class Counter(CounterFields):
    """A counter."""

    class Meta:
        app_label = "oauth_consumer"


class SealedValue(SealedValueFields):
    """A sealed value under a digest."""

    class Meta:
        app_label = "oauth_consumer"
