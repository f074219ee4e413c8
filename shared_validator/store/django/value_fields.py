"""Counters and sealed values, as a provider and a consumer have them in tables of their own."""

from __future__ import annotations

from django.db import models


class CounterFields(models.Model):
    """A counter.

    Its key is digested, so that you can count whatever a stranger typed, and the table shows no
    user name.
    """

    key_hash = models.BinaryField(primary_key=True)
    count = models.IntegerField()
    expires_at = models.BigIntegerField(db_index=True)

    class Meta:
        abstract = True


class SealedValueFields(models.Model):
    """A sealed value under a digest."""

    name = models.BinaryField(primary_key=True)
    sealed = models.BinaryField()
    expires_at = models.BigIntegerField(db_index=True)

    class Meta:
        abstract = True
