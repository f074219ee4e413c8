"""A website in Pando whose users sign in elsewhere. Its routes are files in `www/`."""

from pathlib import Path

import httpx2
from pando.website import Website

from hooks import go_to, prepare
from shared_validator import Consumer, ConsumerSettings, SQLConsumerStore
from shared_validator.consumer import api_failure
from shared_validator.edge.sessions import ConsumerSession

settings = ConsumerSettings.from_environ()
consumer = Consumer(settings, SQLConsumerStore.from_environ())

www = Path(__file__).parent / "www"
website = Website(www_root=str(www), encode_output_as="utf-8")
prepare(website, settings, "consumer_session")
website.wsgi_app = consumer.wsgi(website.wsgi_app)


def current_login(session):
    """Return the login of this visitor, or `None`. The cookie only names it."""
    return consumer.login(ConsumerSession(session).login_id)


def required_login(session):
    """Return the login of this visitor; send everyone else to the first page."""
    login = current_login(session)
    if login is None:
        raise go_to("/")
    return login


def name_api_failure(exception):
    """Name what fails while the provider's API is called."""
    if isinstance(exception, httpx2.HTTPError):
        return {"exception": api_failure(exception)}
    return None


website.state_chain.insert_before("answer_problem", name_api_failure)
