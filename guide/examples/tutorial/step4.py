"""Step 4, the provider: know people and clients."""

from functools import partial

from flask import session
from web import new_app, raw_request, send

from shared_validator import Provider, Settings, SQLStore

SCOPES = {"notes:read": "Read your notes", "notes:write": "Write notes for you"}

settings = Settings.from_environ()
store = SQLStore.from_environ()
provider = Provider(settings, store, scopes=SCOPES)
app = new_app("provider", settings)
app.wsgi_app = provider.wsgi(app.wsgi_app)


def visitor():
    return provider.visitor(session)


def show(page):
    return send(page.answer(raw_request(), visitor()))


def serve(*names):
    """Serve some of the pages that every provider has alike."""
    for page in provider.pages:
        if page.name in names:
            view = partial(show, page)
            app.add_url_rule(page.path, page.name, view, methods=page.methods)


serve("login", "account")
