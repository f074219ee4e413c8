"""What operations are given: the provider, a page's visitor, a call's token."""

from collections.abc import Callable
from functools import lru_cache, partial
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import OAuth2AuthorizationCodeBearer, SecurityScopes

from notes import Notes
from shared_validator import Provider, Settings, Token
from shared_validator.edge.sessions import SessionVisitor
from shared_validator.provider import IDENTITY_SCOPES
from web import Incoming

SCOPES = {"notes:read": "Read your notes", "notes:write": "Write notes for you"}


@lru_cache
def get_settings() -> Settings:
    return Settings.from_environ()


async def get_provider(request: Request) -> Provider:
    return request.app.state.provider


async def get_notes(request: Request) -> Notes:
    return request.app.state.notes


ProviderDep = Annotated[Provider, Depends(get_provider)]
NotesDep = Annotated[Notes, Depends(get_notes)]


async def get_visitor(request: Request, provider: ProviderDep) -> SessionVisitor:
    """Return who is looking at a page, as the session and the store know them."""
    return provider.visitor(request.session)


Visitor = Annotated[SessionVisitor, Depends(get_visitor)]

# It only describes how to get a token: an OAuth 1.0a signature is accepted too.
oauth2_scheme = OAuth2AuthorizationCodeBearer(
    authorizationUrl=f"{get_settings().issuer}/oauth2/authorize",
    tokenUrl=f"{get_settings().issuer}/oauth2/token",
    refreshUrl=f"{get_settings().issuer}/oauth2/token",
    scopes=IDENTITY_SCOPES | SCOPES,
    auto_error=False,
)


async def token_check(
    needed: SecurityScopes,
    incoming: Incoming,
    provider: ProviderDep,
    _described: Annotated[str | None, Depends(oauth2_scheme)],
) -> Callable[[], Token]:
    """Return what checks the token. It may wait for the store, so a thread calls it."""
    return partial(provider.require, incoming, needed.scope_str)
