"""Dependencies: the consumer, the visitor's login, a client of the API."""

from typing import Annotated

{% if " own " in cookiecutter.__providers %}import httpx2
{% endif %}from fastapi import Depends, Request

from shared_validator import AsyncConsumer, Refused, redirect
from shared_validator.consumer import Login
from shared_validator.edge.sessions import ConsumerSession


async def get_consumer(request: Request) -> AsyncConsumer:
    return request.app.state.consumer


async def get_visit(request: Request) -> ConsumerSession:
    return ConsumerSession(request.session)


ConsumerDep = Annotated[AsyncConsumer, Depends(get_consumer)]
Visit = Annotated[ConsumerSession, Depends(get_visit)]


async def current_login(consumer: ConsumerDep, visit: Visit) -> Login | None:
    """Return this visitor's login, or `None`. The cookie holds only its ID."""
    return await consumer.login(visit.login_id)


CurrentLogin = Annotated[Login | None, Depends(current_login)]


async def required_login(request: Request, login: CurrentLogin) -> Login:
    if login is None:
        raise Refused(redirect(request.url_for("home").path))
    return login


RequiredLogin = Annotated[Login, Depends(required_login)]
{% if " own " in cookiecutter.__providers %}

async def notes_api(consumer: ConsumerDep, login: RequiredLogin):
    """Yield a client that calls the provider's API for the user."""
    async with await consumer.session(login.login_id) as api:
        yield api


NotesAPI = Annotated[httpx2.AsyncClient, Depends(notes_api)]
{% endif %}