"""A store with the users of web2py's ``auth``, in the same database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    String,
    bindparam,
    column,
    delete,
    exists,
    func,
    insert,
    select,
    table,
    update,
)

from shared_validator.store import User
from shared_validator.store.sql import SQLStore

_people = table(
    "auth_user",
    *(
        column(name, String())
        for name in (
            *("sub", "username", "password", "first_name", "last_name", "email"),
            "registration_key",
        )
    ),
)
_person = _people.c
_of_sub = _person.sub == bindparam("sub")

_PERSON = select(*_person).where(_of_sub)
_PERSON_BY_NAME = select(*_person).where(_person.username == bindparam("named"))
_PEOPLE = (
    select(*_person)
    .where(_person.username > bindparam("after"))
    .order_by(_person.username)
    .limit(bindparam("limit"))
)
_VALUES: dict[str, Any] = {
    name: bindparam(f"new_{name}")
    for name in ("username", "password", "first_name", "last_name", "email", "registration_key")
}
_REPLACE = update(_people).where(_of_sub).values(_VALUES)
_INSERT = insert(_people).values(_VALUES | {"sub": bindparam("new_sub")})
_SET_PASSWORD = update(_people).where(_of_sub).values(password=bindparam("new_hash"))
_REPLACE_PASSWORD = _SET_PASSWORD.where(_person.password == bindparam("old_hash"))
_BLOCK = update(_people).where(_of_sub).values(registration_key=bindparam("new_key"))
_DELETE = delete(_people).where(_of_sub)


class Web2pyStore(SQLStore):
    """Keeps OAuth records in its own tables, and users in ``auth_user``.

    That table needs a field ``sub``: 32 characters, unique and random, to identify a user to
    clients. A user whose row has a ``registration_key`` is ``disabled``: they wait for approval or
    are blocked. Passwords are hashed as in the other stores, or by web2py's ``CRYPT``.
    """

    def save_user(self, user: User) -> None:
        first_name, _, last_name = user.name.partition(" ")
        values = {
            "sub": user.user_id,
            "new_sub": user.user_id,
            "new_username": user.username,
            "new_password": user.password_hash,
            "new_first_name": first_name,
            "new_last_name": last_name,
            "new_email": user.email,
            "new_registration_key": "blocked" if user.disabled else "",
        }

        def save() -> None:
            known = self.user_by_name(user.username, include_disabled=True)
            if known is not None and known.user_id != user.user_id:
                raise ValueError(f"another user has the name {user.username}")
            if self._changed(_REPLACE, **values) == 0:
                self._changed(_INSERT, **values)

        self._connections.joined(save)

    def user(self, user_id: str, *, include_disabled: bool = False) -> User | None:
        return self._found(_PERSON, include_disabled, sub=user_id)

    def user_by_name(self, username: str, *, include_disabled: bool = False) -> User | None:
        return self._found(_PERSON_BY_NAME, include_disabled, named=username)

    def set_password_hash(
        self, user_id: str, password_hash: str, *, instead_of: str | None = None
    ) -> bool:
        change = {"sub": user_id, "new_hash": password_hash}
        if instead_of is None:
            return self._changed(_SET_PASSWORD, **change) == 1
        return self._changed(_REPLACE_PASSWORD, **change, old_hash=instead_of) == 1

    def set_disabled(self, user_id: str, disabled: bool) -> bool:
        return self._changed(_BLOCK, sub=user_id, new_key="blocked" if disabled else "") == 1

    def delete_user(self, user_id: str) -> None:
        def delete() -> None:
            self._changed(_DELETE, sub=user_id)
            super(Web2pyStore, self).delete_user(user_id)

        self._connections.joined(delete)

    def list_users(self, after: str, limit: int) -> list[User]:
        return [_user(row) for row in self._rows(_PEOPLE, after=after, limit=limit)]

    @staticmethod
    def _is_active(user_id: ColumnElement[str]) -> ColumnElement[bool]:
        return exists().where(
            _person.sub == user_id, func.coalesce(_person.registration_key, "") == ""
        )

    def _found(self, statement: Any, include_disabled: bool, **parameters: str) -> User | None:
        rows = self._rows(statement, **parameters)
        if not rows:
            return None
        user = _user(rows[0])
        return None if user.disabled and not include_disabled else user


def _user(row: Sequence[Any]) -> User:
    sub, username, password, first_name, last_name, email, registration_key = row
    return User(
        user_id=sub,
        username=username,
        password_hash=password or "",
        name=f"{first_name or ''} {last_name or ''}".strip() or username,
        email=email or "",
        disabled=bool(registration_key),
    )
