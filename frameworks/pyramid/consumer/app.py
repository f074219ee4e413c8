"""An application in Pyramid whose users sign in with a provider."""

from pyramid.config import Configurator

from adapter import session_factory
from security import SecurityPolicy
from shared_validator import Consumer, ConsumerSettings, SQLConsumerStore


def main(global_config, **settings):
    ours = ConsumerSettings.from_environ()
    consumer = Consumer(ours, SQLConsumerStore.from_environ())
    with Configurator(
        settings=settings,
        # Cookies ignore ports: a provider on this host needs another name.
        session_factory=session_factory(ours, "consumer_session"),
        security_policy=SecurityPolicy(consumer),
    ) as config:
        config.registry["consumer"] = consumer
        config.include("adapter")
        config.include("pages")
        config.scan("errors")
    return consumer.wsgi(config.make_wsgi_app())  # the stylesheet and the health check
