"""Django's sessions in the database, found by a digest of the cookie, for ``SESSION_ENGINE``.

``django.contrib.sessions.backends.db`` stores the cookie's value itself, so anyone who reads the
table can open every account. It also writes a row for every visitor who opens a form, so anyone can
fill the table.
"""

from __future__ import annotations

from typing import Any

from asgiref.sync import sync_to_async
from django.contrib.sessions.backends import db
from django.core import signing
from django.middleware.csrf import CSRF_SESSION_KEY
from django.utils import timezone

from shared_validator.vault import digest

KEY_CHARACTERS = 40
"""The length of Django's column, which holds 160 bits of the digest."""


_VISITOR = "visitor:"
"""The cookie of a session with nothing but a CSRF token begins with this. The rest is signed."""


class SessionStore(db.SessionStore):
    """Django's session store, with the same table and commands.

    A session with nothing but the CSRF token of a form is in its cookie, signed.
    """

    def load(self) -> Any:
        """Return the data of the session."""
        key = self.session_key or ""
        if not key.startswith(_VISITOR):
            return super().load()
        try:
            return signing.loads(
                key.removeprefix(_VISITOR), salt=_VISITOR, max_age=self.get_session_cookie_age()
            )
        except signing.BadSignature:
            self._session_key = None
            return {}

    async def aload(self) -> Any:
        """See ``load``."""
        return await sync_to_async(self.load)()

    def save(self, must_create: bool = False) -> None:
        """Save the data of the session."""
        data = self._get_session(no_load=must_create)  # type: ignore[attr-defined]  # the stubs lack it
        key = self.session_key or _VISITOR
        if set(data) == {CSRF_SESSION_KEY} and (must_create or key.startswith(_VISITOR)):
            self._session_key = _VISITOR + signing.dumps(data, salt=_VISITOR)
        elif key.startswith(_VISITOR):
            self.create()
        else:
            super().save(must_create)

    async def asave(self, must_create: bool = False) -> None:
        """See ``save``."""
        await sync_to_async(self.save)(must_create)

    def _get_session_from_db(self) -> Any:
        unexpired = self.model.objects.filter(expire_date__gt=timezone.now())
        found = unexpired.filter(session_key=_stored(self.session_key or "")).first()
        if found is None:
            self._session_key = None
        return found

    async def _aget_session_from_db(self) -> Any:
        return await sync_to_async(self._get_session_from_db)()

    def exists(self, session_key: str) -> bool:
        """Return whether there is a session with this key."""
        return super().exists(_stored(session_key))

    async def aexists(self, session_key: str) -> bool:
        """See ``exists``."""
        return await super().aexists(_stored(session_key))

    def create_model_instance(self, data: Any) -> Any:
        """Return the row for ``data``."""
        row = super().create_model_instance(data)
        row.session_key = _stored(row.session_key)
        return row

    async def acreate_model_instance(self, data: Any) -> Any:
        """See ``create_model_instance``."""
        row = await super().acreate_model_instance(data)
        row.session_key = _stored(row.session_key)
        return row

    def delete(self, session_key: str | None = None) -> None:
        """Delete a session, by default this one."""
        if key := session_key or self.session_key:
            super().delete(_stored(key))

    async def adelete(self, session_key: str | None = None) -> None:
        """See ``delete``."""
        if key := session_key or self.session_key:
            await super().adelete(_stored(key))


def _stored(session_key: str) -> str:
    return digest(session_key).hex()[:KEY_CHARACTERS]
