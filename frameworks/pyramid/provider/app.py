"""An OAuth 1.0a, OAuth 2.1 and OpenID Connect provider in Pyramid, and its API."""

from pyramid.config import Configurator

from adapter import session_factory
from security import SecurityPolicy
from shared_validator import Provider, Settings, SQLStore

SCOPES = {"notes:read": "Read your notes", "notes:write": "Write notes for you"}


def main(global_config, **settings):
    provider = Provider(Settings.from_environ(), SQLStore.from_environ(), scopes=SCOPES)
    with Configurator(
        settings=settings,
        # Cookies ignore ports: a consumer on this host needs another name.
        session_factory=session_factory(provider.settings, "provider_session"),
        security_policy=SecurityPolicy(provider),
    ) as config:
        config.registry["provider"] = provider
        config.include("adapter")
        config.include("pages")
        config.include("api")
        config.scan("errors")
    return provider.wsgi(config.make_wsgi_app())  # the token endpoint, …
