"""Registrations: the seed of a provider, and the providers file of a consumer."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field

SCOPE = "openid profile email notes:read notes:write"
PROTOCOLS = {"oauth1": "OAuth 1.0a", "openid": "OAuth 2.1 and OpenID Connect"}


def _demo_secret() -> str:
    return f"demo-{secrets.token_urlsafe(18)}"


@dataclass(frozen=True)
class Person:
    """A user who has an account at a provider."""

    username: str = "dana"
    name: str = "Dana Demo"
    password: str = field(default_factory=_demo_secret, repr=False)


@dataclass(frozen=True)
class Registration:
    """A consumer that is registered at a provider, once for each protocol.

    Args:
        consumer: the provider's name for the consumer.
        consumer_url: its public URL.
        provider: the consumer's name for the provider.
        provider_url: its public URL.
        client_secret: the secret of the OAuth 2 client.
        consumer_secret: the secret of the OAuth 1.0a consumer.
    """

    consumer: str
    consumer_url: str
    provider: str
    provider_url: str
    client_secret: str = field(default_factory=_demo_secret, repr=False)
    consumer_secret: str = field(default_factory=_demo_secret, repr=False)

    @property
    def client_id(self) -> str:
        """The consumer's identifier in OAuth 2."""
        return f"{self.consumer}-client"

    @property
    def consumer_key(self) -> str:
        """The consumer's key in OAuth 1.0a."""
        return f"{self.consumer}-consumer-key"

    def table(self, protocol: str) -> str:
        """Return the name of the provider's table in the providers file.

        The name is part of `/login/<name>` and `/callback/<name>`.
        """
        return f"{self.provider}-oauth1" if protocol == "oauth1" else self.provider


def seed(person: Person, registrations: Iterable[Registration]) -> dict[str, object]:
    """Return the seed of a provider at which these consumers are registered."""
    known = list(registrations)
    return {
        "users": [
            {
                "username": person.username,
                "password": person.password,
                "name": person.name,
                "email": "dana@demo.example",
            }
        ],
        "clients": [
            {
                "client_id": registration.client_id,
                "client_secret": registration.client_secret,
                "client_name": f"The {registration.consumer} consumer",
                "redirect_uris": [
                    f"{registration.consumer_url}/callback/{registration.table('openid')}"
                ],
                "post_logout_redirect_uris": [f"{registration.consumer_url}/"],
                "grant_types": ["authorization_code", "refresh_token"],
                "scope": SCOPE,
                "token_endpoint_auth_method": "client_secret_basic",
            }
            for registration in known
        ],
        "oauth1_consumers": [
            {
                "consumer_key": registration.consumer_key,
                "consumer_secret": registration.consumer_secret,
                "name": f"The {registration.consumer} consumer",
                "callbacks": [
                    f"{registration.consumer_url}/callback/{registration.table('oauth1')}"
                ],
            }
            for registration in known
        ],
    }


def providers(registrations: Iterable[Registration]) -> str:
    """Return the providers file of a consumer that is registered at these providers."""
    return "".join(_tables(registration) for registration in registrations)


def _tables(registration: Registration) -> str:
    provider = registration.provider_url
    return f"""
[{registration.table("openid")}]
title = "the {registration.provider} provider (OpenID Connect)"
protocol = "openid"
issuer = "{provider}"
client_id = "{registration.client_id}"
client_secret = "{registration.client_secret}"
scope = "{SCOPE}"
api = "{provider}"

[{registration.table("oauth1")}]
title = "the {registration.provider} provider (OAuth 1.0a)"
protocol = "oauth1"
client_id = "{registration.consumer_key}"
client_secret = "{registration.consumer_secret}"
signature_method = "HMAC-SHA256"
request_token_endpoint = "{provider}/oauth1/request_token"
authorization_endpoint = "{provider}/oauth1/authorize"
access_token_endpoint = "{provider}/oauth1/access_token"
userinfo_endpoint = "{provider}/api/me"
api = "{provider}"
"""


def environ_without_settings() -> dict[str, str]:
    """Return the environment without settings of examples.

    Examples that are served with it have their own databases, and leave nothing behind.
    """
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("OAUTH_", "CONSUMER_", "DATABASE_URL"))
    }
