"""An application in CherryPy whose users sign in elsewhere."""

import os
import secrets
import sys
from contextlib import contextmanager
from pathlib import Path

import cherrypy
import httpx2
from jinja2 import FileSystemLoader
from markupsafe import Markup

from shared_validator import http, pages
from shared_validator.consumer import Consumer, ConsumerError, ConsumerSettings, api_failure
from shared_validator.store.sql import SQLStore
from shared_validator.vault import Vault, digest
from tools import ExactPath, Request, begin_session, page, send, to_request, without_query

settings = ConsumerSettings.from_environ()
store = SQLStore.from_environ()
consumer = Consumer(settings, store)

HERE = Path(__file__).parent
pages.override(FileSystemLoader(HERE / "templates"))  # a file in templates/ takes the place of a shared page


def error_page(status, message, **_details):
    """Show an error, a crash among them, as a page that says no more than it must; CherryPy has escaped the message."""
    code, _, title = status.partition(" ")
    return send(pages.render("consumer_error.html", int(code), title=title, detail=Markup(message)))  # noqa: S704


Request.error_page = {"default": error_page}
cherrypy.config.update(str(HERE / "server.conf"))
PUBLIC = {"/": {"request.dispatch": ExactPath()}}
PAGES = {
    "/": {
        "request.dispatch": ExactPath(),
        "tools.sessions.on": True,
        "tools.sessions.name": "consumer_session",  # cookies ignore ports: a provider on this host needs another name
        "tools.sessions.secure": settings.url.startswith("https:"),
        "tools.sessions.store": store,
        "tools.sessions.vault": Vault([digest(os.environ["SESSION_SECRET"])]),
        "tools.session_cookie.on": True,
        "tools.csrf.on": True,
    }
}


def current_login():
    """Return who is signed in, or `None`. The session holds only a name: the tokens rest encrypted in the store."""
    login_id = cherrypy.session.get("login_id")
    return login_id and consumer.login(login_id)


@cherrypy.tools.register("before_handler")
def login_required():
    """Let a handler be called for who is signed in, and put the login into `cherrypy.request`."""
    cherrypy.request.current_login = current_login()
    if not cherrypy.request.current_login:
        cherrypy.request.handler = lambda: send(http.redirect("/"))


@cherrypy.expose
class Home:
    def GET(self):
        return page("consumer_home.html", providers=consumer.providers, login=current_login())


@cherrypy.expose
class Login:
    """Send the browser to a provider. The attempt belongs to this browser: nobody else's answer ends it."""

    def __init__(self, provider):
        self.provider = provider

    def POST(self):
        browser = cherrypy.session.setdefault("browser", secrets.token_urlsafe())
        with cherrypy.HTTPError.handle(ConsumerError, "502 The sign-in has failed"):
            return send(http.redirect(consumer.start(self.provider, browser)))


@cherrypy.expose
class Callback:
    """Take what a provider has sent, and begin a new session for the user it names."""

    def __init__(self, provider):
        self.provider = provider

    def GET(self):
        browser = cherrypy.session.get("browser", "")
        with cherrypy.HTTPError.handle(ConsumerError, "400 The sign-in has failed"):
            login = consumer.finish(self.provider, to_request(), browser)
        begin_session(browser=browser, login_id=login.login_id)  # a second tab may still be under way
        return send(http.redirect("/profile"))


@cherrypy.expose
class Profile:
    @cherrypy.tools.login_required()
    def GET(self):
        login = cherrypy.request.current_login
        return page("consumer_profile.html", providers=consumer.providers, login=login, claims=login.claims)


# feature: notes (begin)
@contextmanager
def calling_the_api():
    """Call the notes API for who is signed in, and show what fails there as an error page."""
    with cherrypy.HTTPError.handle(ConsumerError, "502 Your data cannot be reached"):
        try:
            with consumer.session(cherrypy.request.current_login.login_id) as api:
                yield api
        except httpx2.HTTPError as error:
            raise api_failure(error) from error


@cherrypy.expose
class Notes:
    """Read the user's notes through the API, or write one: as a form, which OAuth 1.0a signs as it stands (RFC 5849 §3.4.1.3)."""

    @cherrypy.tools.login_required()
    def GET(self):
        with calling_the_api() as api:
            return self.show(api)

    @cherrypy.tools.login_required()
    def POST(self):
        with cherrypy.HTTPError.handle(http.BadRequest, 400):
            text = http.single(to_request().form, "text") or ""
        with calling_the_api() as api:
            answer = api.post("/api/notes", data={"text": text})
            if answer.is_success:
                return send(http.redirect("/notes", 303))
            if answer.status_code != 400:
                answer.raise_for_status()
            return self.show(api, 400, text, answer.json()["error_description"])

    def show(self, api, status=200, text="", error=None):
        answer = api.get("/api/notes").raise_for_status()
        return page("consumer_notes.html", status, notes=answer.json()["notes"], text=text, error=error)


# feature: notes (end)
@cherrypy.expose
class Logout:
    """End the session here, and go on to the provider's sign-out page where it has one."""

    def POST(self):
        login_id = cherrypy.session.get("login_id")
        begin_session()
        return send(http.redirect((login_id and consumer.log_out(login_id)) or "/", 303))


@cherrypy.expose
class Stylesheet:
    def GET(self):
        return send(pages.stylesheet(to_request()))


@cherrypy.expose
class Health:
    @cherrypy.tools.json_out()
    def GET(self):
        store.ping()
        return {"status": "ok"}


cherrypy.tree.mount(Home(), "/", PAGES)
for name in consumer.providers:
    cherrypy.tree.mount(Login(name), f"/login/{name}", PAGES)
    cherrypy.tree.mount(Callback(name), f"/callback/{name}", PAGES)
cherrypy.tree.mount(Profile(), "/profile", PAGES)
cherrypy.tree.mount(Notes(), "/notes", PAGES)  # feature: notes
cherrypy.tree.mount(Logout(), "/logout", PAGES)
cherrypy.tree.mount(Stylesheet(), "/static/style.css", PUBLIC)
cherrypy.tree.mount(Health(), "/healthz", PUBLIC)

for application in cherrypy.tree.apps.values():
    application.log.access_log.addFilter(without_query)

if __name__ == "__main__":
    host, port = sys.argv[1:]
    cherrypy.config.update({"server.socket_host": host, "server.socket_port": int(port)})
    cherrypy.engine.signals.subscribe()
    cherrypy.engine.start()
    cherrypy.engine.block()
