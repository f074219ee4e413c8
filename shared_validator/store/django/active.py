"""Conditions on the user and the client of a row."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q

from shared_validator.store.django import models

ACTIVE_USER = Exists(models.Subject.objects.filter(sub=OuterRef("user_id"), user__is_active=True))
"""Whether the user of a row exists and is active.

As a condition on the row itself, it keeps an UPDATE to one statement on one table. With a join,
PostgreSQL would let two simultaneous updates change the same row.
"""

ACTIVE_OR_NO_USER = Q(user_id__isnull=True) | ACTIVE_USER

ACTIVE_CLIENT = Exists(
    models.Client.objects.filter(client_id=OuterRef("client_id"), disabled=False)
)
"""Whether the client of a row exists and is not disabled."""

ACTIVE_CONSUMER = Exists(
    models.OAuth1Consumer.objects.filter(consumer_key=OuterRef("consumer_id"), disabled=False)
)
"""Whether the OAuth 1.0a consumer of a row exists and is not disabled."""
