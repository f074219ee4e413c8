"""A Pando website whose users sign in with a provider. Its routes are in `www/`."""

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
    """Return this visitor's login, or `None`. The cookie holds only its ID."""
    return consumer.login(ConsumerSession(session).login_id)


def required_login(session):
    """Return this visitor's login, or redirect to the home page if there is none."""
    login = current_login(session)
    if login is None:
        raise go_to("/")
    return login


def name_api_failure(exception):
    """Turn a failed call to the provider's API into a problem to show."""
    if isinstance(exception, httpx2.HTTPError):
        return {"exception": api_failure(exception)}
    return None


website.state_chain.insert_before("answer_problem", name_api_failure)
