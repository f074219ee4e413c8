"""Users, clients and consents in SQL."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache
from typing import Any, TypeVar

from sqlalchemy import (
    BindParameter,
    Column,
    ColumnElement,
    Delete,
    Select,
    Table,
    bindparam,
    delete,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import Insert, insert

from shared_validator.store.accounts import OWN_API, applications, consent_pairs
from shared_validator.store.records import Application, Client, OAuth1Consumer, User
from shared_validator.store.sql import schema
from shared_validator.store.sql.records import SQLRecords
from shared_validator.store.sql.rows import Rows

Account = TypeVar("Account", User, Client, OAuth1Consumer)

_users = Rows(User, schema.users)
_clients = Rows(Client, schema.clients)
_consumers = Rows(OAuth1Consumer, schema.oauth1_consumers)

_SAVE_USER = _users.upsert("user_id")
_SAVE_CLIENT = _clients.upsert("client_id")
_SAVE_CONSUMER = _consumers.upsert("consumer_key")
_USER = _users.select(schema.users.c.user_id == bindparam("user_id"))
_USER_BY_NAME = _users.select(schema.users.c.username == bindparam("username"))
_SET_PASSWORD = (
    update(schema.users)
    .values(password_hash=bindparam("new_hash"))
    .where(schema.users.c.user_id == bindparam("of_user"))
)
_REPLACE_PASSWORD = _SET_PASSWORD.where(schema.users.c.password_hash == bindparam("old_hash"))
_SET_DISABLED = (
    update(schema.users)
    .values(disabled=bindparam("is_disabled"))
    .where(schema.users.c.user_id == bindparam("of_user"))
)
_CLIENT = _clients.select(schema.clients.c.client_id == bindparam("client_id"))
_CONSUMER = _consumers.select(schema.oauth1_consumers.c.consumer_key == bindparam("consumer_key"))


def _page(rows: Rows[Any], key: Column[Any]) -> Select[Any]:
    return rows.select(key > bindparam("after")).order_by(key).limit(bindparam("limit"))


_LIST_USERS = _page(_users, schema.users.c.username)
_LIST_CLIENTS = _page(_clients, schema.clients.c.client_id)
_LIST_CONSUMERS = _page(_consumers, schema.oauth1_consumers.c.consumer_key)

_OFFERED_SCOPES = select(schema.offered_scopes.c.scope).order_by(schema.offered_scopes.c.scope)
_OFFER_SCOPE = (
    insert(schema.offered_scopes).values(scope=bindparam("scope")).on_conflict_do_nothing()
)
_FORGET_SCOPE = delete(schema.offered_scopes).where(
    schema.offered_scopes.c.scope == bindparam("scope")
)


def _given_by_user(table: Table, to: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return table.c.user_id == bindparam("user_id"), table.c[to] == bindparam(to)


_CONSENT = (
    select(schema.consents.c.scope)
    .where(
        *_given_by_user(schema.consents, "client_id"),
        schema.consents.c.resource == bindparam("resource"),
    )
    .order_by(schema.consents.c.scope)
)
# Codes before tokens: this waits for an exchange in progress, whose tokens are then visible.
_GIVEN_TO_CLIENT = (
    schema.consents,
    schema.codes,
    schema.device_codes,
    schema.refresh_tokens,
    schema.access_tokens,
)
_GIVEN_TO_CONSUMER = (schema.temporary_credentials, schema.token_credentials)


def _delete_of(name: str, *tables: Table) -> tuple[Delete, ...]:
    return tuple(delete(table).where(table.c[name] == bindparam(name)) for table in tables)


_REVOKE_CLIENT = tuple(
    delete(table).where(*_given_by_user(table, "client_id")) for table in _GIVEN_TO_CLIENT
)
_REVOKE_CONSUMER = tuple(
    delete(table).where(*_given_by_user(table, "consumer_key")) for table in _GIVEN_TO_CONSUMER
)
_REVOKE_USER = _delete_of("user_id", *_GIVEN_TO_CLIENT, *_GIVEN_TO_CONSUMER)
_REVOKE_ALL_OF_CLIENT = _delete_of("client_id", *_GIVEN_TO_CLIENT)
_REVOKE_ALL_OF_CONSUMER = _delete_of("consumer_key", *_GIVEN_TO_CONSUMER)
# The user, client or consumer first: requests in progress for it are then refused.
_DELETE_USER = (*_delete_of("user_id", schema.users, schema.sessions), *_REVOKE_USER)
_DELETE_CLIENT = (*_delete_of("client_id", schema.clients), *_REVOKE_ALL_OF_CLIENT)
_DELETE_CONSUMER = (
    *_delete_of("consumer_key", schema.oauth1_consumers),
    *_REVOKE_ALL_OF_CONSUMER,
)
_OAUTH2_APPLICATIONS = (
    select(schema.clients.c.client_id, schema.clients.c.client_name, schema.consents.c.scope)
    .join(schema.consents, schema.consents.c.client_id == schema.clients.c.client_id)
    .where(schema.consents.c.user_id == bindparam("user_id"))
    .order_by(schema.consents.c.scope)
)
_OAUTH1_APPLICATIONS = (
    select(
        schema.oauth1_consumers.c.consumer_key,
        schema.oauth1_consumers.c.name,
        schema.token_credentials.c.scope,
    )
    .join(
        schema.token_credentials,
        schema.token_credentials.c.consumer_key == schema.oauth1_consumers.c.consumer_key,
    )
    .where(schema.token_credentials.c.user_id == bindparam("user_id"))
    .order_by(schema.token_credentials.c.issued_at)
)


def _unless_disabled(record: Account | None, include_disabled: bool) -> Account | None:
    return record if include_disabled or record is None or not record.disabled else None


@lru_cache(maxsize=64)
def _save_consent(rows_at_once: int) -> Insert:
    """Return the statement that saves this number of scopes at once, each for a resource."""
    rows: list[dict[str, BindParameter[Any]]] = [
        {name: bindparam(name) for name in ("user_id", "client_id", "granted_at")}
        | {name: bindparam(f"{name}_{number}") for name in ("resource", "scope")}
        for number in range(rows_at_once)
    ]
    return insert(schema.consents).values(rows).on_conflict_do_nothing()


class AccountRecords(SQLRecords):
    """The part of ``SQLStore`` for users, clients and consent; ``Store`` describes each method."""

    def save_user(self, user: User) -> None:
        self._save(_SAVE_USER, _users, user)

    def user(self, user_id: str, *, include_disabled: bool = False) -> User | None:
        return _unless_disabled(self._record(_users, _USER, user_id=user_id), include_disabled)

    def user_by_name(self, username: str, *, include_disabled: bool = False) -> User | None:
        found = self._record(_users, _USER_BY_NAME, username=username)
        return _unless_disabled(found, include_disabled)

    def set_password_hash(
        self, user_id: str, password_hash: str, *, instead_of: str | None = None
    ) -> bool:
        change = {"of_user": user_id, "new_hash": password_hash}
        if instead_of is None:
            return self._changed(_SET_PASSWORD, **change) == 1
        return self._changed(_REPLACE_PASSWORD, **change, old_hash=instead_of) == 1

    def set_disabled(self, user_id: str, disabled: bool) -> bool:
        return self._changed(_SET_DISABLED, of_user=user_id, is_disabled=disabled) == 1

    def delete_user(self, user_id: str) -> None:
        self._delete_all(_DELETE_USER, user_id=user_id)

    def _delete_all(self, statements: Iterable[Delete], **parameters: str) -> None:
        def delete() -> None:
            for statement in statements:
                # Repeat as often as needed, for the reason in revoke_grant.
                while self._changed(statement, **parameters):
                    pass

        self._connections.joined(delete)

    def list_users(self, after: str, limit: int) -> list[User]:
        return self._records(_users, _LIST_USERS, after=after, limit=limit)

    def save_client(self, client: Client) -> None:
        self._save(_SAVE_CLIENT, _clients, client)

    def client(self, client_id: str, *, include_disabled: bool = False) -> Client | None:
        return _unless_disabled(
            self._record(_clients, _CLIENT, client_id=client_id), include_disabled
        )

    def list_clients(self, after: str, limit: int) -> list[Client]:
        return self._records(_clients, _LIST_CLIENTS, after=after, limit=limit)

    def delete_client(self, client_id: str) -> None:
        self._delete_all(_DELETE_CLIENT, client_id=client_id)

    def save_oauth1_consumer(self, consumer: OAuth1Consumer) -> None:
        self._save(_SAVE_CONSUMER, _consumers, consumer)

    def oauth1_consumer(
        self, consumer_key: str, *, include_disabled: bool = False
    ) -> OAuth1Consumer | None:
        found = self._record(_consumers, _CONSUMER, consumer_key=consumer_key)
        return _unless_disabled(found, include_disabled)

    def list_oauth1_consumers(self, after: str, limit: int) -> list[OAuth1Consumer]:
        return self._records(_consumers, _LIST_CONSUMERS, after=after, limit=limit)

    def delete_oauth1_consumer(self, consumer_key: str) -> None:
        self._delete_all(_DELETE_CONSUMER, consumer_key=consumer_key)

    def save_offered_scopes(self, scopes: Collection[str]) -> None:
        known = set(self.offered_scopes())
        if known == set(scopes):
            return

        def replace() -> None:
            for scope in known - set(scopes):
                self._changed(_FORGET_SCOPE, scope=scope)
            for scope in sorted(set(scopes) - known):
                self._connections.changed(_OFFER_SCOPE, {"scope": scope})

        self._connections.joined(replace)

    def offered_scopes(self) -> tuple[str, ...]:
        return tuple(scope for (scope,) in self._rows(_OFFERED_SCOPES))

    def save_consent(
        self,
        user_id: str,
        client_id: str,
        scope: Sequence[str],
        now: int,
        resources: Sequence[str] = OWN_API,
    ) -> None:
        pairs = consent_pairs(scope, resources)
        parameters = {
            f"{name}_{number}": value
            for number, pair in enumerate(pairs)
            for name, value in zip(("resource", "scope"), pair, strict=True)
        }
        self._connections.changed(
            _save_consent(len(pairs)),
            {"user_id": user_id, "client_id": client_id, "granted_at": now} | parameters,
        )

    def consent(self, user_id: str, client_id: str, resource: str = OWN_API[0]) -> tuple[str, ...]:
        of = {"user_id": user_id, "client_id": client_id, "resource": resource}
        return tuple(scope for (scope,) in self._rows(_CONSENT, **of) if scope)

    def applications(self, user_id: str) -> list[Application]:
        return applications(
            self._rows(_OAUTH2_APPLICATIONS, user_id=user_id),
            self._rows(_OAUTH1_APPLICATIONS, user_id=user_id),
        )

    def revoke_client(self, user_id: str, client_id: str) -> None:
        self._delete_all(_REVOKE_CLIENT, user_id=user_id, client_id=client_id)

    def revoke_oauth1_consumer(self, user_id: str, consumer_key: str) -> None:
        self._delete_all(_REVOKE_CONSUMER, user_id=user_id, consumer_key=consumer_key)

    def revoke_everything_of_user(self, user_id: str) -> None:
        self._delete_all(_REVOKE_USER, user_id=user_id)

    def revoke_everything_of_client(self, client_id: str) -> None:
        self._delete_all(_REVOKE_ALL_OF_CLIENT, client_id=client_id)

    def revoke_everything_of_oauth1_consumer(self, consumer_key: str) -> None:
        self._delete_all(_REVOKE_ALL_OF_CONSUMER, consumer_key=consumer_key)
