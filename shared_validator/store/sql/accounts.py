"""Users, clients and consents in SQL."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Table, bindparam, delete, select, update
from sqlalchemy.dialects.postgresql import Insert, insert

from shared_validator.store.accounts import applications
from shared_validator.store.records import Application, Client, OAuth1Consumer, User
from shared_validator.store.sql import schema
from shared_validator.store.sql.records import SQLRecords
from shared_validator.store.sql.rows import Rows

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


def _given_by_user(table: Table, to: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return table.c.user_id == bindparam("user_id"), table.c[to] == bindparam(to)


_CONSENT = (
    select(schema.consents.c.scope)
    .where(*_given_by_user(schema.consents, "client_id"))
    .order_by(schema.consents.c.scope)
)
# Codes first: this waits for an exchange in progress, whose tokens are then visible.
_FORGET_CLIENT, _REVOKE_CODES, _REVOKE_DEVICE_CODES, _REVOKE_REFRESH, _REVOKE_ACCESS = (
    delete(table).where(*_given_by_user(table, "client_id"))
    for table in (
        schema.consents,
        schema.codes,
        schema.device_codes,
        schema.refresh_tokens,
        schema.access_tokens,
    )
)
_REVOKE_TEMPORARY, _REVOKE_TOKEN = (
    delete(table).where(*_given_by_user(table, "consumer_key"))
    for table in (schema.temporary_credentials, schema.token_credentials)
)
# The user first: requests in progress for them are then refused. Codes before tokens, as above.
_DELETE_USER = tuple(
    delete(table).where(table.c.user_id == bindparam("user_id"))
    for table in (
        schema.users,
        schema.sessions,
        schema.consents,
        schema.codes,
        schema.device_codes,
        schema.refresh_tokens,
        schema.access_tokens,
        schema.temporary_credentials,
        schema.token_credentials,
    )
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


def _unless_disabled(user: User | None, include_disabled: bool) -> User | None:
    return user if include_disabled or user is None or not user.disabled else None


@lru_cache(maxsize=64)
def _save_consent(scopes: int) -> Insert:
    """Return the statement that saves this number of scopes at once."""
    rows: list[dict[str, BindParameter[Any]]] = [
        {name: bindparam(name) for name in ("user_id", "client_id", "granted_at")}
        | {"scope": bindparam(f"scope_{number}")}
        for number in range(scopes)
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
        def delete() -> None:
            for statement in _DELETE_USER:
                # Repeat as often as needed, for the reason in revoke_grant.
                while self._changed(statement, user_id=user_id):
                    pass

        self._connections.joined(delete)

    def save_client(self, client: Client) -> None:
        self._save(_SAVE_CLIENT, _clients, client)

    def client(self, client_id: str) -> Client | None:
        return self._record(_clients, _CLIENT, client_id=client_id)

    def save_oauth1_consumer(self, consumer: OAuth1Consumer) -> None:
        self._save(_SAVE_CONSUMER, _consumers, consumer)

    def oauth1_consumer(self, consumer_key: str) -> OAuth1Consumer | None:
        return self._record(_consumers, _CONSUMER, consumer_key=consumer_key)

    def save_consent(self, user_id: str, client_id: str, scope: Sequence[str], now: int) -> None:
        # A client that is let in without any scope is one of the user's applications too, so it
        # gets a row with the empty scope.
        scopes = sorted(set(scope)) or [""]
        parameters = {f"scope_{number}": name for number, name in enumerate(scopes)}
        self._connections.changed(
            _save_consent(len(scopes)),
            {"user_id": user_id, "client_id": client_id, "granted_at": now} | parameters,
        )

    def consent(self, user_id: str, client_id: str) -> tuple[str, ...]:
        return tuple(
            scope
            for (scope,) in self._rows(_CONSENT, user_id=user_id, client_id=client_id)
            if scope
        )

    def applications(self, user_id: str) -> list[Application]:
        return applications(
            self._rows(_OAUTH2_APPLICATIONS, user_id=user_id),
            self._rows(_OAUTH1_APPLICATIONS, user_id=user_id),
        )

    def revoke_client(self, user_id: str, client_id: str) -> None:
        def revoke() -> None:
            for statement in (_FORGET_CLIENT, _REVOKE_CODES, _REVOKE_DEVICE_CODES):
                self._changed(statement, user_id=user_id, client_id=client_id)
            # Repeat as often as needed, for the reason in revoke_grant.
            while self._changed(_REVOKE_REFRESH, user_id=user_id, client_id=client_id):
                pass
            self._changed(_REVOKE_ACCESS, user_id=user_id, client_id=client_id)

        self._connections.joined(revoke)

    def revoke_oauth1_consumer(self, user_id: str, consumer_key: str) -> None:
        def revoke() -> None:
            self._changed(_REVOKE_TEMPORARY, user_id=user_id, consumer_key=consumer_key)
            self._changed(_REVOKE_TOKEN, user_id=user_id, consumer_key=consumer_key)

        self._connections.joined(revoke)
