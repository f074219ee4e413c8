"""Dependencies: the provider, the visitor of a page, the token of an API call."""

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
    """Return the visitor of a page, from the session and the store."""
    return provider.visitor(request.session)


Visitor = Annotated[SessionVisitor, Depends(get_visitor)]

# This only documents how to get a token: the API accepts OAuth 1.0a signatures too.
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
    """Return a function that checks the token. It may block, so a thread calls it."""
    return partial(provider.require, incoming, needed.scope_str)
