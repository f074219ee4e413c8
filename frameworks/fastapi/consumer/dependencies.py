"""What path operations depend on, such as who is signed in, and the certainty that a form is ours."""

import secrets
from collections.abc import AsyncIterator
from typing import Annotated

import httpx2
from fastapi import Depends, Form, HTTPException, Request

from shared_validator.consumer import AsyncConsumer, ConsumerSettings, Login
from shared_validator.store.sql import SQLStore

settings = ConsumerSettings.from_environ()
store = SQLStore.from_environ()
consumer = AsyncConsumer(settings, store)


class FormOutOfDate(Exception):
    """A form has come without the CSRF token of its visitor's session."""


def check_csrf(request: Request, csrf_token: Annotated[str, Form()] = "") -> None:
    """Refuse a form that does not come from a page of ours."""
    # Only looked up: a token made here would be a new session, and another site's form, sent without our cookie, would sign people out.
    known = request.session.get("csrf_token", "")
    if not known or not secrets.compare_digest(csrf_token.encode(), known.encode()):
        raise FormOutOfDate


def known_provider(provider: str) -> str:
    """Return the provider in the path, if there is such a one."""
    if provider not in consumer.providers:
        raise HTTPException(404)
    return provider


class NotSignedIn(Exception):
    """The page is for people who have signed in."""


async def current_login(request: Request) -> Login | None:
    """Return who is signed in. The cookie holds only a name: the tokens rest encrypted in the store."""
    return await consumer.login(request.session["login_id"]) if "login_id" in request.session else None


CurrentLogin = Annotated[Login | None, Depends(current_login)]


async def required_login(login: CurrentLogin) -> Login:
    if login is None:
        raise NotSignedIn
    return login


RequiredLogin = Annotated[Login, Depends(required_login)]


# feature: notes (begin)
async def notes_api(login: RequiredLogin) -> AsyncIterator[httpx2.AsyncClient]:
    """Lend a client that acts for the user at the provider's API, and close it after the request."""
    async with await consumer.session(login.login_id) as api:
        yield api


NotesAPI = Annotated[httpx2.AsyncClient, Depends(notes_api)]
# feature: notes (end)
