"""A framework's provider and consumer, served side by side, and the people who have accounts there."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from frameworks.serve import free_port
from tests.driving import seed
from tests.driving.provider import Provider
from tests.driving.serving import Server

User = dict[str, str]
_PEOPLE = 20
_FEW_TRIES = {"OAUTH_LOGIN_FAILURES_PER_USER": "3"}


class Examples:
    """A served provider and consumer.

    Attributes:
        provider: drives the provider as a client would.
        provider_url: its public URL.
        consumer_url: the consumer's.
    """

    def __init__(self, provider_url: str, consumer_url: str, people: list[User]) -> None:
        self.provider = Provider(provider_url)
        self.provider_url = provider_url
        self.consumer_url = consumer_url
        self._people = people

    def new_person(self) -> User:
        """Return somebody with an account at the provider who has agreed to nothing yet: consent is remembered."""
        return self._people.pop()


@contextmanager
def serve(framework: str, folder: Path) -> Iterator[Examples]:
    """Serve a framework's provider and consumer while the block runs.

    Args:
        framework: the framework's name.
        folder: where databases and logs go.
    """
    consumer_port = free_port()
    seed_file, providers_file = folder / "seed.json", folder / "providers.toml"
    document = seed.document(f"http://127.0.0.1:{consumer_port}")
    people = [_person(number) for number in range(_PEOPLE)]
    document["users"] += people
    seed_file.write_text(json.dumps(document))
    provider = Server(framework, "provider", folder, environ=_FEW_TRIES, seed=str(seed_file), database=f"sqlite:///{folder}/p.sqlite")
    providers_file.write_text(seed.providers(provider.url))
    consumer = Server(
        framework, "consumer", folder, port=consumer_port, providers=str(providers_file), database=f"sqlite:///{folder}/c.sqlite"
    )
    with _running(provider), _running(consumer):
        yield Examples(provider.url, consumer.url, people)


@contextmanager
def _running(server: Server) -> Iterator[None]:
    server.start()
    try:
        yield
    finally:
        status = server.stop()
    assert 0 == status


def _person(number: int) -> User:
    return {
        "username": f"dana-{number}",
        "password": secrets.token_urlsafe(),
        "name": f"Dana Demo {number}",
        "email": f"dana-{number}@people.example",
    }
