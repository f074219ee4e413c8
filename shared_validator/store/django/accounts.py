"""Clients and consents on the Django ORM."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from django.db.models import Model, Q

from shared_validator.store.accounts import OWN_API, applications, consent_pairs
from shared_validator.store.django import models
from shared_validator.store.django.rows import DjangoRecords, Rows, check, matching
from shared_validator.store.django.transactions import repeated
from shared_validator.store.errors import Unstorable
from shared_validator.store.records import Application, Client, OAuth1Consumer

_clients = Rows(Client, models.Client)
_consumers = Rows(OAuth1Consumer, models.OAuth1Consumer)

# Codes before tokens: this waits for an exchange in progress, whose tokens are then visible.
_GIVEN_TO_CLIENT: tuple[type[Model], ...] = (
    models.Consent,
    models.AuthorizationCode,
    models.DeviceCode,
    models.RefreshToken,
    models.AccessToken,
)
_GIVEN_TO_CONSUMER: tuple[type[Model], ...] = (
    models.TemporaryCredentials,
    models.TokenCredentials,
)


def _enabled(include_disabled: bool) -> tuple[Q, ...]:
    return () if include_disabled else (Q(disabled=False),)


class AccountRecords(DjangoRecords):
    """The part of ``DjangoStore`` for clients and consent; ``Store`` describes each method."""

    def save_client(self, client: Client) -> None:
        self._upsert(_clients, client, "client_id")

    def client(self, client_id: str, *, include_disabled: bool = False) -> Client | None:
        return self._find(_clients, *_enabled(include_disabled), client_id=client_id)

    def list_clients(self, after: str, limit: int) -> list[Client]:
        return self._page(_clients, "client_id", after, limit)

    def delete_client(self, client_id: str) -> None:
        # With all that refers to it, as everywhere in Django.
        self._delete(models.Client, client_id=client_id)

    def save_oauth1_consumer(self, consumer: OAuth1Consumer) -> None:
        self._upsert(_consumers, consumer, "consumer_key")

    def oauth1_consumer(
        self, consumer_key: str, *, include_disabled: bool = False
    ) -> OAuth1Consumer | None:
        return self._find(_consumers, *_enabled(include_disabled), consumer_key=consumer_key)

    def list_oauth1_consumers(self, after: str, limit: int) -> list[OAuth1Consumer]:
        return self._page(_consumers, "consumer_key", after, limit)

    def delete_oauth1_consumer(self, consumer_key: str) -> None:
        self._delete(models.OAuth1Consumer, consumer_key=consumer_key)

    @repeated
    def save_offered_scopes(self, scopes: Collection[str]) -> None:
        if set(self.offered_scopes()) == set(scopes):
            return
        rows = [models.OfferedScope(scope=scope) for scope in sorted(set(scopes))]
        with self._transactions.joined():
            self._all(models.OfferedScope).exclude(scope__in=list(scopes)).delete()
            self._all(models.OfferedScope).bulk_create(rows, ignore_conflicts=True)

    @repeated
    def offered_scopes(self) -> tuple[str, ...]:
        with self._transactions.reading():
            scopes = self._all(models.OfferedScope).values_list("scope", flat=True)
            return tuple(scopes.order_by("scope"))

    @repeated
    def save_consent(
        self,
        user_id: str,
        client_id: str,
        scope: Sequence[str],
        now: int,
        resources: Sequence[str] = OWN_API,
    ) -> None:
        given = {"user_id": user_id, "client_id": client_id, "granted_at": now}
        rows = [
            given | {"resource": resource, "scope": word}
            for resource, word in consent_pairs(scope, resources)
        ]
        for row in rows:
            check(models.Consent, row)
        with self._transactions.writing():
            self._all(models.Consent).bulk_create(
                [models.Consent(**row) for row in rows], ignore_conflicts=True
            )

    @repeated
    def consent(self, user_id: str, client_id: str, resource: str = OWN_API[0]) -> tuple[str, ...]:
        of = {"user_id": user_id, "client_id": client_id, "resource": resource}
        try:
            with self._transactions.reading():
                given = matching(self._all(models.Consent), **of)
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

    def revoke_client(self, user_id: str, client_id: str) -> None:
        self._delete_all(_GIVEN_TO_CLIENT, user_id=user_id, client_id=client_id)

    def revoke_oauth1_consumer(self, user_id: str, consumer_key: str) -> None:
        self._delete_all(_GIVEN_TO_CONSUMER, user_id=user_id, consumer_id=consumer_key)

    def revoke_everything_of_user(self, user_id: str) -> None:
        self._delete_all((*_GIVEN_TO_CLIENT, *_GIVEN_TO_CONSUMER), user_id=user_id)

    def revoke_everything_of_client(self, client_id: str) -> None:
        self._delete_all(_GIVEN_TO_CLIENT, client_id=client_id)

    def revoke_everything_of_oauth1_consumer(self, consumer_key: str) -> None:
        self._delete_all(_GIVEN_TO_CONSUMER, consumer_id=consumer_key)

    @repeated
    def _delete_all(self, given: Iterable[type[Model]], **values: str) -> None:
        with self._transactions.joined():
            for model in given:
                # Repeat as often as needed, for the reason in revoke_grant.
                while self._delete(model, **values):
                    pass
