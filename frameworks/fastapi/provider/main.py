"""An OAuth 1.0a, OAuth 2.1 and OpenID Connect provider in FastAPI, and its API."""

import api
import consent
import docs
import web
from dependencies import SCOPES, get_settings
from notes import Notes
from shared_validator import Provider, SQLStore


def create_app():
    store = SQLStore.from_environ()
    provider = Provider(get_settings(), store, scopes=SCOPES)
    app = web.create_app(
        provider.settings,
        store,
        "provider_session",  # cookies ignore ports: a consumer needs another name
        title="OAuth Provider",
        docs_url=None,
        redoc_url=None,
        swagger_ui_init_oauth=docs.DocsSettings().init_oauth,
    )
    app.state.provider = provider
    app.state.notes = Notes(store.engine)
    app.include_router(consent.router)
    app.include_router(consent.account_pages(provider.pages))
    app.include_router(api.router)
    app.include_router(docs.router)
    return provider.asgi(app)  # the token endpoint, metadata, keys, …


app = create_app()
