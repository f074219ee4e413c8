"""Conditions on the user of a row."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q

from shared_validator.store.django import models

ACTIVE_USER = Exists(models.Subject.objects.filter(sub=OuterRef("user_id"), user__is_active=True))
"""Where the user of a row is there and active. As a condition on the row itself it leaves an UPDATE one statement on one table: joined to
it, PostgreSQL would let two simultaneous ones change the same row."""

ACTIVE_OR_NO_USER = Q(user_id__isnull=True) | ACTIVE_USER
