"""Django's users as the users of a store."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model

from shared_validator.store import texts
from shared_validator.store.django.models import Subject
from shared_validator.store.django.rows import DjangoRecords, matching
from shared_validator.store.django.transactions import repeated
from shared_validator.store.errors import Unstorable
from shared_validator.store.records import User

_ALGORITHM = "argon2"
"""Django's prefix for hashes of its ``Argon2PasswordHasher``. The rest is the standard format."""


class UserRecords(DjangoRecords):
    """The part of ``DjangoStore`` for the users of ``get_user_model()``; see ``Store``.

    The user model must derive from ``AbstractUser`` or have its fields. A user who is not active is
    ``disabled``: they can't sign in, and what they allowed is refused until they are active again.
    (A resource server that verifies JWT access tokens itself accepts them until they expire.)
    """

    @repeated
    def subject(self, user: Any) -> str:
        """Return the ``sub`` of a Django user, created on first use."""
        try:
            return str(user.oauth_subject.sub)
        except Subject.DoesNotExist:
            with self._transactions.joined():
                return str(self._all(Subject).get_or_create(user=user)[0].sub)

    @repeated
    def save_user(self, user: User) -> None:
        model: Any = get_user_model()
        texts.check(user.user_id, texts.KEY_CHARACTERS)
        with self._transactions.joined():
            person = (
                self._all(model).select_for_update().filter(oauth_subject__sub=user.user_id).first()
            )
            known = person is not None
            person = person or model()
            _fill(person, user)
            person.save(using=self._transactions.using)
            if not known:
                self._all(Subject).create(user=person, sub=user.user_id)

    def user(self, user_id: str, *, include_disabled: bool = False) -> User | None:
        return self._user(include_disabled, oauth_subject__sub=user_id)

    def user_by_name(self, username: str, *, include_disabled: bool = False) -> User | None:
        return self._user(include_disabled, **{get_user_model().USERNAME_FIELD: username})

    @repeated
    def list_users(self, after: str, limit: int) -> list[User]:
        name = get_user_model().USERNAME_FIELD
        try:
            people = matching(self._all(get_user_model()), **{f"{name}__gt": after})
        except Unstorable:
            return []
        with self._transactions.reading():
            found = list(people.order_by(name).select_related("oauth_subject")[:limit])
        return [_record(person, self.subject(person)) for person in found]

    def set_password_hash(
        self, user_id: str, password_hash: str, *, instead_of: str | None = None
    ) -> bool:
        old = {} if instead_of is None else {"password": _to_django(instead_of)}
        return self._change_person(user_id, old, password=_to_django(password_hash))

    def set_disabled(self, user_id: str, disabled: bool) -> bool:
        return self._change_person(user_id, {}, is_active=not disabled)

    @repeated
    def _change_person(self, user_id: str, conditions: dict[str, Any], **changes: Any) -> bool:
        try:
            people = self._people(user_id).filter(**conditions)
        except Unstorable:
            return False
        with self._transactions.writing():
            return bool(people.update(**changes))

    @repeated
    def delete_user(self, user_id: str) -> None:
        try:
            people = self._people(user_id)
        except Unstorable:
            return
        with self._transactions.joined():
            for person in people:
                person.delete(using=self._transactions.using)

    def _people(self, user_id: str) -> Any:
        subjects = self._all(Subject).filter(sub=user_id)
        return self._all(get_user_model()).filter(pk__in=subjects.values("user"))

    @repeated
    def _user(self, include_disabled: bool, **conditions: str) -> User | None:
        try:
            people = matching(self._all(get_user_model()), **conditions)
        except Unstorable:
            return None
        with self._transactions.reading():
            wanted = people if include_disabled else people.filter(is_active=True)
            found = wanted.select_related("oauth_subject").first()
        return None if found is None else _record(found, self.subject(found))


def _record(person: Any, sub: str) -> User:
    return User(
        user_id=sub,
        username=person.get_username(),
        password_hash=person.password.removeprefix(_ALGORITHM)
        if person.password.startswith(f"{_ALGORITHM}$")
        else person.password,
        name=_name(person),
        email=getattr(person, person.get_email_field_name()),
        disabled=not person.is_active,
    )


def _name(person: Any) -> str:
    return str(person.get_full_name() or person.get_username())


def _to_django(password_hash: str) -> str:
    return (_ALGORITHM if password_hash.startswith("$") else "") + password_hash


def _fill(person: Any, user: User) -> None:
    person.is_active = not user.disabled
    _set(person, person.get_email_field_name(), user.email)
    _set(person, person.USERNAME_FIELD, user.username)
    _set(person, "password", _to_django(user.password_hash))
    if user.name != _name(person):
        _set(person, "first_name", user.name)
        _set(person, "last_name", "")
    if user.name != _name(person):
        raise Unstorable(
            "a name is empty or has spaces around it, which the name of a Django user has not"
        )


def _set(person: Any, name: str, value: str) -> None:
    texts.check(value, person._meta.get_field(name).max_length or texts.TEXT_CHARACTERS)
    setattr(person, name, value)
