"""An OAuth 1.0a, OAuth 2.1 and OpenID Connect provider in Pando, and its API.

Its routes are the files in `www/`.
"""

from pathlib import Path

from pando.website import Website

from hooks import declared, prepare
from notes import Notes
from shared_validator import Provider, Refused, Settings, SQLStore
from shared_validator.edge.sessions import check_csrf

SCOPES = {"notes:read": "Read your notes", "notes:write": "Write notes for you"}

settings = Settings.from_environ()
store = SQLStore.from_environ()
provider = Provider(settings, store, scopes=SCOPES)
notes = Notes(store.engine)
account_pages = {page.path: page for page in provider.pages}

www = Path(__file__).parent / "www"
website = Website(www_root=str(www), encode_output_as="utf-8")
prepare(website, settings, "provider_session")
website.wsgi_app = provider.wsgi(website.wsgi_app)


def answer_account_page(request, raw_request, session):
    """Answer the pages that every provider has: sign in, sign out, account."""
    page = account_pages.get(request.path.decoded)
    if page:
        request.allow(*page.methods)
        check_csrf(raw_request, session)
        raise Refused(page.answer(raw_request, provider.visitor(session)))


def require_token(resource, raw_request):
    """Require a token if the simplate declares a scope for each method."""
    scopes = declared(resource, "scopes")
    if scopes:
        return {"token": provider.require(raw_request, scopes[raw_request.method])}
    return None


website.state_chain.insert_after("load_session", answer_account_page)
website.state_chain.insert_after("check_form", require_token)
