"""{{ cookiecutter.description.removesuffix('.') }}."""

import os
import sys
import time
from pathlib import Path

import cherrypy
from jinja2 import FileSystemLoader
from markupsafe import Markup

from shared_validator import http, notes, pages
from shared_validator.provider import Provider
from shared_validator.settings import Settings
from shared_validator.store.sql import SQLStore
from shared_validator.vault import Vault, digest
from tools import ExactPath, Request, begin_session, csrf_token, page, send, to_request, without_query

settings = Settings.from_environ()
store = SQLStore.from_environ()
provider = Provider(settings, store, scopes={"notes:read": "Read your notes", "notes:write": "Write notes for you"})

HERE = Path(__file__).parent
pages.override(FileSystemLoader(HERE / "templates"))  # a file in templates/ takes the place of a shared page


def error_page(status, message, **_details):
    """Show an error, a crash among them, as a page that says no more than it must; CherryPy has escaped the message."""
    code, _, title = status.partition(" ")
    return send(pages.render("error.html", int(code), title=title, detail=Markup(message)))  # noqa: S704


def machine_error(status, message, **_details):
    """Tell a machine that its request is not well formed, or too large."""
    return send(http.invalid_request(message, int(status[:3])))


Request.error_page = {"default": error_page}
cherrypy.config.update(str(HERE / "server.conf"))
MACHINES = {"/": {"request.dispatch": ExactPath(), "error_page.400": machine_error, "error_page.413": machine_error}}
PAGES = {
    "/": {
        "request.dispatch": ExactPath(),
        "tools.sessions.on": True,
        "tools.sessions.name": "provider_session",  # cookies ignore ports: a consumer on this host needs another name
        "tools.sessions.secure": settings.issuer.startswith("https:"),
        "tools.sessions.store": store,
        "tools.sessions.vault": Vault([digest(os.environ["SESSION_SECRET"])]),
        "tools.session_cookie.on": True,
        "tools.csrf.on": True,
    }
}


class Visitor:
    """Who is looking at a page, as CherryPy's session knows them."""

    user_id = property(lambda self: cherrypy.session.get("user_id"))
    auth_time = property(lambda self: cherrypy.session.get("auth_time", 0))
    csrf_token = property(lambda self: csrf_token())

    def log_in(self, user):
        begin_session(user_id=user.user_id, auth_time=int(time.time()))

    def log_out(self):
        begin_session()


@cherrypy.expose
class Shared:
    """A resource that every provider has alike, for each of its methods."""

    def __init__(self, route, *visitor):
        for method in route.methods:
            setattr(self, method, lambda: send(route.handler(to_request(), *visitor)))


@cherrypy.expose
class Question:
    """Show what a flow asks the signed-in user, or send what takes its place: sign in first, refused, agreed, denied."""

    def __init__(self, flow, template):
        self.flow = flow
        self.template = template

    def GET(self):
        return self.show(self.flow.question)

    def POST(self):
        return self.show(self.flow.answer)

    def show(self, step):
        outcome = step(to_request(), Visitor())
        return send(outcome) if isinstance(outcome, http.Response) else page(self.template, question=outcome)


@cherrypy.tools.register("before_handler")
def oauth(scope):
    """Let a handler be called with a token that has this scope, and put the token into `cherrypy.request`."""
    checked = provider.check(to_request(), scope)
    if isinstance(checked, http.Response):
        cherrypy.request.handler = lambda: send(checked)
    else:
        cherrypy.request.token = checked


@cherrypy.expose
class Me:
    @cherrypy.tools.oauth(scope="profile")
    @cherrypy.tools.json_out()
    def GET(self):
        return provider.claims(cherrypy.request.token)


@cherrypy.expose
class Notes:
    @cherrypy.tools.oauth(scope="notes:read")
    @cherrypy.tools.json_out()
    def GET(self):
        return {"notes": [notes.as_json(note) for note in store.notes(cherrypy.request.token.subject)]}

    @cherrypy.tools.oauth(scope="notes:write")
    @cherrypy.tools.json_out()
    def POST(self):
        with cherrypy.HTTPError.handle(http.BadRequest, 400):
            text = notes.read_text(to_request())
        cherrypy.response.status = 201
        return notes.as_json(store.add_note(cherrypy.request.token.subject, text, int(time.time())))


cherrypy.tree.mount(None)  # answers what no other application does: 404
for endpoint in provider.endpoints:
    cherrypy.tree.mount(Shared(endpoint), endpoint.path, MACHINES)
for account_page in provider.pages:
    cherrypy.tree.mount(Shared(account_page, Visitor()), account_page.path, PAGES)
cherrypy.tree.mount(Question(provider.oauth2, "consent.html"), "/oauth2/authorize", PAGES)
cherrypy.tree.mount(Question(provider.oauth1, "oauth1_consent.html"), "/oauth1/authorize", PAGES)
cherrypy.tree.mount(Question(provider.device, "device.html"), "/device", PAGES)
cherrypy.tree.mount(Me(), "/api/me", MACHINES)
cherrypy.tree.mount(Notes(), "/api/notes", MACHINES)

for application in cherrypy.tree.apps.values():
    application.log.access_log.addFilter(without_query)

if __name__ == "__main__":
    host, port = sys.argv[1:]
    cherrypy.config.update({"server.socket_host": host, "server.socket_port": int(port)})
    cherrypy.engine.signals.subscribe()
    cherrypy.engine.start()
    cherrypy.engine.block()
