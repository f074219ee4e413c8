"""A provider's store on the Django ORM, in the Django project's own database."""

from __future__ import annotations

from shared_validator.store import Store
from shared_validator.store.django import models
from shared_validator.store.django.accounts import AccountRecords
from shared_validator.store.django.connection import DjangoConnection
from shared_validator.store.django.oauth1 import OAuth1Records
from shared_validator.store.django.oauth2 import OAuth2Records
from shared_validator.store.django.prune import Pruning
from shared_validator.store.django.sessions import SessionRecords
from shared_validator.store.django.signing_keys import SigningKeyRecords
from shared_validator.store.django.users import UserRecords


class DjangoStore(
    DjangoConnection,
    UserRecords,
    SessionRecords,
    AccountRecords,
    OAuth2Records,
    OAuth1Records,
    SigningKeyRecords,
    Pruning,
    Store,
):
    __doc__ = DjangoConnection.__doc__

    _PING = models.SigningKey
    _counters = models.Counter
    _sealed_values = models.SealedValue
