"""The store on the Django ORM: what a Django project keeps, it keeps in its own database."""

from __future__ import annotations

from contextlib import AbstractContextManager

from shared_validator.store import Store
from shared_validator.store.django import models
from shared_validator.store.django.accounts import AccountRecords
from shared_validator.store.django.notes import NoteRecords
from shared_validator.store.django.oauth1 import OAuth1Records
from shared_validator.store.django.oauth2 import OAuth2Records
from shared_validator.store.django.prune import Pruning
from shared_validator.store.django.sessions import SessionRecords
from shared_validator.store.django.signing_keys import SigningKeyRecords
from shared_validator.store.django.transactions import Transactions
from shared_validator.store.django.users import UserRecords
from shared_validator.store.django.values import ValueRecords


class DjangoStore(
    UserRecords,
    SessionRecords,
    AccountRecords,
    OAuth2Records,
    OAuth1Records,
    SigningKeyRecords,
    NoteRecords,
    ValueRecords,
    Pruning,
    Store,
):
    """A store in a database of a Django project.

    Its connections are Django's, which closes them at the end of a request, as ``CONN_MAX_AGE`` says.

    Args:
        using: the alias of the database, in ``DATABASES``: SQLite with ``"transaction_mode": "IMMEDIATE"``, or PostgreSQL.
    """

    def __init__(self, using: str = "default") -> None:
        self._transactions = Transactions(using)

    def transaction(self) -> AbstractContextManager[None]:
        return self._transactions.transaction()

    def ping(self) -> None:
        with self._transactions.reading():
            self._all(models.SigningKey).exists()

    def close(self) -> None:
        """Do nothing: Django closes its connections itself."""
