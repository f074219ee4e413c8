"""{{ cookiecutter.description.removesuffix('.') }}."""

import time
from functools import reduce

import cherrypy

from note_text import as_json, read_text
from notes import Notes
from shared_validator import Provider, Settings, SQLStore
from tools import Application, check_first, page, raw_request, send, serve

SCOPES = {"notes:read": "Read your notes", "notes:write": "Write notes for you"}

settings = Settings.from_environ()
store = SQLStore.from_environ()
provider = Provider(settings, store, scopes=SCOPES)
notes = Notes(store.engine)


def visitor():
    """Return the visitor, from the session and the store."""
    return provider.visitor(cherrypy.request.session)


@cherrypy.expose
class AccountPage:
    """A page that every provider has: sign in, sign out, account."""

    def __init__(self, shared):
        self.shared = shared

    def GET(self):
        return send(self.shared.answer(raw_request(), visitor()))

    POST = GET


@cherrypy.expose
class Question:
    """Shows the flow's question to the user. The flow raises every other response."""

    def __init__(self, flow, template):
        self.flow = flow
        self.template = template

    def GET(self):
        return page(self.template, question=self.flow.ask(raw_request(), visitor()))

    POST = GET


@cherrypy.tools.register("before_handler")
def oauth(scope):
    """Require a token with this scope, and put it in `cherrypy.request`."""

    def check():
        cherrypy.request.token = provider.require(raw_request(), scope)

    check_first(check)


@cherrypy.expose
class Me:
    @cherrypy.tools.oauth(scope="profile")
    @cherrypy.tools.json_out()
    def GET(self):
        return provider.claims(cherrypy.request.token)


@cherrypy.expose
class NoteList:
    @cherrypy.tools.oauth(scope="notes:read")
    @cherrypy.tools.json_out()
    def GET(self):
        found = notes.of(cherrypy.request.token.subject)
        return {"notes": [as_json(note) for note in found]}

    @cherrypy.tools.oauth(scope="notes:write")
    @cherrypy.tools.json_out()
    def POST(self):
        text = read_text(raw_request())
        cherrypy.response.status = 201
        subject = cherrypy.request.token.subject
        return as_json(notes.add(subject, text, int(time.time())))


class Site:
    """The resources. The names of the attributes are their paths."""

    class oauth2:
        authorize = Question(provider.oauth2, "consent.html")

    class oauth1:
        authorize = Question(provider.oauth1, "oauth1_consent.html")

    class api:
        me = Me()
        notes = NoteList()

    device = Question(provider.device, "device.html")


for shared in provider.pages:
    *parents, name = shared.path.strip("/").split("/")
    setattr(reduce(getattr, parents, Site), name, AccountPage(shared))

application = provider.wsgi(Application(Site(), settings, "provider_session"))

if __name__ == "__main__":
    serve(application)
