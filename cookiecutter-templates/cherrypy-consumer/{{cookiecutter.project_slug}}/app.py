"""{{ cookiecutter.description.removesuffix('.') }}."""

{% if " own " in cookiecutter.__providers %}from contextlib import contextmanager

{% endif %}import cherrypy
{% if " own " in cookiecutter.__providers %}import httpx2
{% endif %}
from shared_validator import Consumer, ConsumerSettings, Refused, SQLConsumerStore
{% if " own " in cookiecutter.__providers %}from shared_validator.consumer import api_failure
{% endif %}from shared_validator.edge.sessions import ConsumerSession
{% if " own " in cookiecutter.__providers %}from shared_validator.http import redirect, single
{% else %}from shared_validator.http import redirect
{% endif %}from tools import Application, check_first, go_to, page, raw_request, send, serve

settings = ConsumerSettings.from_environ()
consumer = Consumer(settings, SQLConsumerStore.from_environ())


def visit():
    """Return the session of this visitor."""
    return ConsumerSession(cherrypy.request.session)


def current_login():
    """Return this visitor's login, or `None`. The cookie holds only its ID."""
    return consumer.login(visit().login_id)


@cherrypy.tools.register("before_handler")
def login_required():
    """Require a login, and put it in `cherrypy.request` for the handler."""

    def check():
        cherrypy.request.current_login = current_login()
        if not cherrypy.request.current_login:
            raise Refused(redirect(cherrypy.url("/", relative="server")))

    check_first(check)


@cherrypy.expose
class Home:
    def GET(self):
        shown = {"providers": consumer.providers, "login": current_login()}
        return page("consumer_home.html", **shown)


@cherrypy.expose
class Login:
    def POST(self, provider):
        """Send the browser to the provider. Only it can complete the sign-in."""
        return send(redirect(consumer.start(provider, visit().browser)))


@cherrypy.expose
class Callback:
    def GET(self, provider):
        """Handle the provider's response, and start a session for its user."""
        login = consumer.finish(provider, raw_request(), visit().browser)
        visit().begin(login.login_id)
        return go_to("/profile")


@cherrypy.expose
@cherrypy.tools.login_required()
class Profile:
    def GET(self):
        login = cherrypy.request.current_login
        shown = {"providers": consumer.providers, "claims": login.claims}
        return page("consumer_profile.html", login=login, **shown)


{% if " own " in cookiecutter.__providers %}@contextmanager
def calling_the_api():
    """Call the provider's API for the signed-in visitor, and report its failures."""
    try:
        with consumer.session(cherrypy.request.current_login.login_id) as api:
            yield api
    except httpx2.HTTPError as error:
        raise api_failure(error) from error


@cherrypy.expose
@cherrypy.tools.login_required()
class Notes:
    """Read the user's notes through the provider's API, or write one."""

    def GET(self):
        with calling_the_api() as api:
            return self.show(api)

    def POST(self):
        text = single(raw_request().form, "text") or ""
        with calling_the_api() as api:
            answer = api.post("/api/notes", data={"text": text})
            if answer.is_success:
                return go_to("/notes")
            if answer.status_code != 400:
                answer.raise_for_status()
            return self.show(api, 400, text, answer.json()["error_description"])

    def show(self, api, status=200, text="", error=None):
        found = api.get("/api/notes").raise_for_status().json()["notes"]
        return page("consumer_notes.html", status, notes=found, text=text, error=error)


{% endif %}@cherrypy.expose
class Logout:
    def POST(self):
        """End the session, then go to the provider's sign-out page if it has one."""
        elsewhere = consumer.log_out(visit().end())
        return send(redirect(elsewhere, 303)) if elsewhere else go_to("/")


class Site:
    """The resources. The name of each attribute is its path."""

    index = Home()
    login = Login()
    callback = Callback()
    profile = Profile()
{% if " own " in cookiecutter.__providers %}    notes = Notes()
{% endif %}    logout = Logout()


application = consumer.wsgi(Application(Site(), settings, "consumer_session"))

if __name__ == "__main__":
    serve(application)
