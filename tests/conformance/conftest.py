"""Examples are served once per framework and configuration, and stopped with a look at what they left behind."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

from frameworks.manifests import ROLES
from frameworks.serve import free_port
from tests.driving import registry, seed
from tests.driving.browser import Browser
from tests.driving.frameworks import having, tier_of
from tests.driving.provider import Provider
from tests.driving.serving import Server

RESOURCES = ("https://api.example/", "https://files.example/")

CONFIGURATIONS: Mapping[str, Mapping[str, str]] = {
    "default": {"OAUTH_LOGIN_FAILURES_PER_ADDRESS": "100000", "OAUTH_RESOURCES": " ".join(RESOURCES), "OAUTH_LOG_FORMAT": "json"},
    "jwt": {"OAUTH_ACCESS_TOKEN_FORMAT": "jwt", "OAUTH_RESOURCES": " ".join(RESOURCES)},
    "grace": {"OAUTH_REFRESH_GRACE_SECONDS": "60"},
    "limited": {"OAUTH_LOGIN_FAILURES_PER_ADDRESS": "3"},
    "proxied": {"OAUTH_LOGIN_FAILURES_PER_ADDRESS": "3", "OAUTH_TRUSTED_PROXIES": "1"},
    "https": {"OAUTH_ISSUER": "https://provider.example"},
    "path": {"OAUTH_ISSUER": "https://provider.example/tenant/a"},
    "short": {
        "OAUTH_CODE_SECONDS": "5",
        "OAUTH_ACCESS_TOKEN_SECONDS": "5",
        "OAUTH_REFRESH_TOKEN_SECONDS": "5",
        "OAUTH_DEVICE_CODE_SECONDS": "5",
        "OAUTH_ID_TOKEN_SECONDS": "5",
    },
}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run each test for each framework that has the role it is about, and is asked what the test's tier holds."""
    tier = tier_of(metafunc)
    names = [f"{role}_framework" for role in ROLES if f"{role}_framework" in metafunc.fixturenames]
    if len(names) == 2:
        # A consumer signs in at the provider of its own framework, or at another where there is none.
        providers = having("provider")
        pairs = [(name if name in providers else providers[0], name) for name in having("consumer", tier=tier)]
        metafunc.parametrize(("provider_framework", "consumer_framework"), pairs, ids=[pair[1] for pair in pairs], scope="session")
    elif names:
        metafunc.parametrize(names[0], having(names[0].partition("_")[0], tier=tier), scope="session")


def pytest_itemcollected(item: pytest.Item) -> None:
    """Let what one framework's examples are asked run in one process: they are served once, and their visits are counted there."""
    framework = _framework(item) or "itself"
    # These start servers of their own, so another process may run them.
    alone = " by many" if item.path.stem == "test_concurrency" else ""
    item.add_marker(pytest.mark.xdist_group(f"conformance of {framework}{alone}"))


def _framework(item: pytest.Item) -> str:
    """Return the framework that a test is about, or nothing."""
    given = item.callspec.params if hasattr(item, "callspec") else {}
    return given.get("consumer_framework") or given.get("provider_framework") or ""


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> Iterator[None]:
    """Let one framework's tests follow each other, and the look at the visited routes come last, and only after all tests."""
    files = {path.name for path in Path(__file__).parent.glob("test_*.py")}
    collected = {item.path.name for item in items if item.path.parent == Path(__file__).parent}
    complete = files <= collected and not config.option.keyword and not config.option.markexpr
    yield  # others leave out the frameworks that nobody asked for
    last = [item for item in items if item.path == Path(__file__).parent / "test_visits.py"]
    # pytest sorts by the parameters of each test, so that the frameworks would take turns: their servers would be started at each turn.
    rest = sorted((item for item in items if item not in last), key=_framework)
    if last and not complete:
        config.hook.pytest_deselected(items=last)
    items[:] = [*rest, *(last if complete else ())]


@cache
def consumer_port() -> int:
    """Return the port of all consumers in this process, one after another: so they have the same seed, which is loaded once."""
    return free_port()


class Served:
    """The providers of one framework, each configuration started when it is first asked for."""

    def __init__(self, framework: str, folder: Path) -> None:
        self.framework = framework
        self.folder = folder
        self.consumer_port = consumer_port()
        self.servers: list[Server] = []
        self.databases: list[Path] = []
        self._providers: dict[str, Provider] = {}
        self._seed = folder / "seed.json"
        self._seed.write_text(json.dumps(seed.document(f"http://127.0.0.1:{self.consumer_port}")))

    def provider(self, configuration: str) -> Provider:
        """Return the provider of a configuration."""
        if configuration not in self._providers:
            environ = CONFIGURATIONS[configuration]
            server = self.start("provider", configuration, environ, seed=str(self._seed))
            self._providers[configuration] = Provider(server.url, environ.get("OAUTH_ISSUER"))
        return self._providers[configuration]

    def start(self, role: str, name: str, environ: Mapping[str, str], *, port: int | None = None, **options: str) -> Server:
        """Start an example on a SQLite file of its own."""
        database = self.folder / f"{role}-{name}.sqlite"
        self.databases.append(database)
        server = Server(self.framework, role, self.folder, port=port, environ=environ, database=f"sqlite:///{database}", **options)
        self.servers.append(server)
        return server.start()

    def stop(self) -> list[str]:
        """Stop them all, and return what is wrong with how they ended and what they left behind."""
        wrong = [f"{server.role} ended with status {status}" for server in self.servers if (status := server.stop()) != 0]
        return wrong + [complaint for server in self.servers for complaint in complaints(server.log)] + self._kept_in_clear()

    def _kept_in_clear(self) -> list[str]:
        wrong = []
        for path in sorted(path for database in self.databases for path in self.folder.glob(f"{database.name}*")):
            content = path.read_bytes()
            wrong += [f"{path.name} holds {found[:6]}… in clear text" for found in secrets() if found.encode() in content]
        return wrong


def secrets() -> frozenset[str]:
    """Return every secret that was seen or used so far."""
    return seed.SECRETS | registry.SECRETS


def complaints(log: Path) -> list[str]:
    """Return what a log must not hold: secrets, and tracebacks."""
    text = log.read_text(errors="replace")
    wrong = [f"{log.name} holds the secret {found[:6]}…" for found in secrets() if found in text]
    return wrong + ([f"{log.name} holds a traceback: …{text[text.index('Traceback') :][:3000]}"] if "Traceback" in text else [])


@pytest.fixture(scope="session")
def served(provider_framework: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The examples of one framework. At the end: each stopped cleanly, no traceback, no secret in a log or a database (Mistake 7)."""
    served = Served(provider_framework, tmp_path_factory.mktemp(provider_framework))
    try:
        yield served
    finally:
        wrong = served.stop()
    assert [] == wrong


@pytest.fixture(scope="session")
def provider(served: Served) -> Provider:
    """The provider with its default settings, but for a network address that may fail often."""
    return served.provider("default")


@pytest.fixture(scope="session")
def alice(provider: Provider) -> Browser:
    """A browser in which Alice is signed in at the provider. A test that signs out makes its own."""
    return provider.sign_in(seed.ALICE)


@pytest.fixture(scope="session")
def bob(provider: Provider) -> Browser:
    """A browser in which Bob is signed in at the provider."""
    return provider.sign_in(seed.BOB)


@pytest.fixture(scope="session")
def consumer(consumer_framework: str, served: Served, provider: Provider) -> str:
    """The URL of the consumer, which knows the provider over OpenID Connect and over OAuth 1.0a."""
    file = served.folder / "providers.toml"
    file.write_text(seed.providers(provider.url))
    served.framework, framework = consumer_framework, served.framework
    server = served.start("consumer", "default", {"CONSUMER_LOG_FORMAT": "json"}, port=served.consumer_port, providers=str(file))
    served.framework = framework
    return server.url
