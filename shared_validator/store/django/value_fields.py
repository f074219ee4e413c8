"""Counters and sealed values, for the tables of a provider and those of a consumer."""

from __future__ import annotations

from django.db import models


class CounterFields(models.Model):
    """A counter.

    Its key is digested, so that you can count any string that a stranger typed, and the table shows
    no username.
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
