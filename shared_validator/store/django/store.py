"""A provider's store on the Django ORM, in the Django project's own database."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from shared_validator.store import Store
from shared_validator.store.django import models
from shared_validator.store.django.accounts import AccountRecords
from shared_validator.store.django.connection import DjangoConnection
from shared_validator.store.django.oauth1 import OAuth1Records
from shared_validator.store.django.oauth2 import OAuth2Records
from shared_validator.store.django.prune import Pruning
from shared_validator.store.django.sealing import Sealing
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
    Sealing,
    Pruning,
    Store,
):
    __doc__ = DjangoConnection.__doc__

    _PING = models.SigningKey
    _counters = models.Counter
    _sealed_values = models.SealedValue
    _sealed_columns: ClassVar[Mapping[str, tuple[Any, str, str]]] = {
        "signing key": (models.SigningKey, "kid", "sealed_key"),
        "oauth1 consumer secret": (models.OAuth1Consumer, "consumer_key", "sealed_secret"),
        "oauth1 previous consumer secret": (
            models.OAuth1Consumer,
            "consumer_key",
            "previous_sealed_secret",
        ),
        "oauth1 temporary secret": (models.TemporaryCredentials, "token_hash", "sealed_secret"),
        "oauth1 token secret": (models.TokenCredentials, "token_hash", "sealed_secret"),
        "refresh answer": (models.RefreshToken, "token_hash", "sealed_answer"),
    }
