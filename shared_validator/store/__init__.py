"""The interface of a store: records, and steps that are atomic across many processes."""

from __future__ import annotations

from shared_validator.store.accounts import Clients, Consents, Sessions, Users
from shared_validator.store.base import BaseStore
from shared_validator.store.errors import StoreUnavailable, Unstorable
from shared_validator.store.keys import SigningKeys
from shared_validator.store.oauth1 import OAuth1Store
from shared_validator.store.oauth2 import DeviceCodes, OAuth2Store
from shared_validator.store.records import (
    AccessToken,
    Application,
    AuthorizationCode,
    Client,
    DeviceCode,
    OAuth1Consumer,
    RefreshToken,
    Session,
    SigningKey,
    TemporaryCredentials,
    TokenCredentials,
    User,
)
from shared_validator.store.sealing import Sealing
from shared_validator.store.values import Counters, SealedValues

__all__ = [
    "AccessToken",
    "Application",
    "AuthorizationCode",
    "BaseStore",
    "Client",
    "Clients",
    "Consents",
    "ConsumerStore",
    "Counters",
    "DeviceCode",
    "DeviceCodes",
    "OAuth1Consumer",
    "OAuth1Store",
    "OAuth2Store",
    "RefreshToken",
    "SealedValues",
    "Sealing",
    "Session",
    "Sessions",
    "SigningKey",
    "SigningKeys",
    "Store",
    "StoreUnavailable",
    "TemporaryCredentials",
    "TokenCredentials",
    "Unstorable",
    "User",
    "Users",
]


class ConsumerStore(SealedValues, Counters, Sealing, BaseStore):
    """The store of a consumer."""


class Store(
    Users,
    Sessions,
    Clients,
    Consents,
    OAuth2Store,
    DeviceCodes,
    OAuth1Store,
    SigningKeys,
    ConsumerStore,
):
    """The store of a provider. A consumer can share it."""
