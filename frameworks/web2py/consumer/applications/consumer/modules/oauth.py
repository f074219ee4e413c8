"""The consumer, and the visitor whose request is being answered."""

from edge import send
from gluon import current

from shared_validator import (
    Consumer,
    ConsumerSettings,
    SQLConsumerStore,
    pages,
    redirect,
)
from shared_validator.edge.sessions import ConsumerSession, csrf_token

settings = ConsumerSettings.from_environ()
consumer = Consumer(settings, SQLConsumerStore.from_environ())


def visit():
    """Return the session of this visitor."""
    return ConsumerSession(current.session)


def current_login():
    """Return this visitor's login, or `None`. The session holds only its ID."""
    return consumer.login(visit().login_id)


def required_login():
    """Return this visitor's login, or redirect to the home page if there is none."""
    login = current_login()
    if login is None:
        raise go("/")
    return login


def show(template, status=200, **context):
    """Return a page to raise, with the CSRF token of its forms."""
    csrf_input = pages.csrf_input(csrf_token(current.session))
    return send(pages.render(template, status, csrf_input=csrf_input, **context))


def go(path, status=302):
    """Return a redirect to a page of this application, to raise."""
    return send(redirect(pages.page_url(path), status))
