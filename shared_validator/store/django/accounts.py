"""Clients and consents on the Django ORM."""

from __future__ import annotations

from collections.abc import Sequence

from shared_validator.store.accounts import applications
from shared_validator.store.django import models
from shared_validator.store.django.rows import DjangoRecords, Rows, check, matching
from shared_validator.store.django.transactions import repeated
from shared_validator.store.errors import Unstorable
from shared_validator.store.records import Application, Client, OAuth1Consumer

_clients = Rows(Client, models.Client)
_consumers = Rows(OAuth1Consumer, models.OAuth1Consumer)


class AccountRecords(DjangoRecords):
    """The part of ``DjangoStore`` for clients and consent; ``Store`` describes each method."""

    def save_client(self, client: Client) -> None:
        self._upsert(_clients, client, "client_id")

    def client(self, client_id: str) -> Client | None:
        return self._find(_clients, client_id=client_id)

    def save_oauth1_consumer(self, consumer: OAuth1Consumer) -> None:
        self._upsert(_consumers, consumer, "consumer_key")

    def oauth1_consumer(self, consumer_key: str) -> OAuth1Consumer | None:
        return self._find(_consumers, consumer_key=consumer_key)

    @repeated
    def save_consent(self, user_id: str, client_id: str, scope: Sequence[str], now: int) -> None:
        # A client that is let in without any scope is one of the user's applications too, so it
        # gets a row with the empty scope.
        scopes = sorted(set(scope)) or [""]
        rows = [
            {"user_id": user_id, "client_id": client_id, "scope": word, "granted_at": now}
            for word in scopes
        ]
        for row in rows:
            check(models.Consent, row)
        with self._transactions.writing():
            self._all(models.Consent).bulk_create(
                [models.Consent(**row) for row in rows], ignore_conflicts=True
            )

    @repeated
    def consent(self, user_id: str, client_id: str) -> tuple[str, ...]:
        try:
            with self._transactions.reading():
                given = matching(self._all(models.Consent), user_id=user_id, client_id=client_id)
                scopes = given.order_by("scope").values_list("scope", flat=True)
                return tuple(scope for scope in scopes if scope)
        except Unstorable:
            return ()

    @repeated
    def applications(self, user_id: str) -> list[Application]:
        try:
            consents = matching(self._all(models.Consent), user_id=user_id).order_by("scope")
            tokens = matching(self._all(models.TokenCredentials), user_id=user_id)
        except Unstorable:
            return []
        with self._transactions.reading():
            return applications(
                consents.values_list("client_id", "client__client_name", "scope"),
                tokens.order_by("issued_at").values_list("consumer_id", "consumer__name", "scope"),
            )

    @repeated
    def revoke_client(self, user_id: str, client_id: str) -> None:
        with self._transactions.joined():
            # Codes first: this waits for an exchange in progress, whose tokens are then visible.
            for model in (models.Consent, models.AuthorizationCode, models.DeviceCode):
                self._delete(model, user_id=user_id, client_id=client_id)
            # Repeat as often as needed, for the reason in revoke_grant.
            while self._delete(models.RefreshToken, user_id=user_id, client_id=client_id):
                pass
            self._delete(models.AccessToken, user_id=user_id, client_id=client_id)

    @repeated
    def revoke_oauth1_consumer(self, user_id: str, consumer_key: str) -> None:
        with self._transactions.joined():
            self._delete(models.TemporaryCredentials, user_id=user_id, consumer_id=consumer_key)
            self._delete(models.TokenCredentials, user_id=user_id, consumer_id=consumer_key)
