"""Step 4, the provider: know people and clients."""

import time

from flask import session
from web import csrf_token, machines, new_app, to_flask, to_request

from shared_validator.provider import Provider
from shared_validator.settings import Settings
from shared_validator.store.sql import SQLStore

settings = Settings.from_environ()
store = SQLStore.from_environ()
provider = Provider(settings, store, scopes={"notes:read": "Read your notes", "notes:write": "Write notes for you"})
app = new_app("provider", settings.issuer)


class FlaskVisitor:
    """Who is looking at a page, as Flask's session knows them."""

    user_id = property(lambda self: session.get("user_id"))
    auth_time = property(lambda self: session.get("auth_time", 0))
    csrf_token = property(lambda self: csrf_token())

    def log_in(self, user):
        """Begin a new session, so that nobody goes on in one that somebody else has prepared (session fixation)."""
        session.clear()
        session.update(user_id=user.user_id, auth_time=int(time.time()))

    def log_out(self):
        session.clear()


def view(handler, *visitor):
    return lambda: to_flask(handler(to_request(), *visitor))


def mount(app, *names):
    """Serve some of the endpoints that machines call."""
    machines.update(names)
    for endpoint in provider.endpoints:
        if endpoint.name in names:
            app.add_url_rule(endpoint.path, endpoint.name, view(endpoint.handler), methods=endpoint.methods)


for page in provider.pages:  # sign in, sign out, and what one has allowed
    app.add_url_rule(page.path, page.name, view(page.handler, FlaskVisitor()), methods=page.methods)
mount(app, "openid_configuration", "jwks")
