"""An account server in process: a store on disk, one user, and the account pages called as functions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlencode

import pytest

from shared_validator.accounts import new_user
from shared_validator.accounts.pages import account_pages
from shared_validator.context import Context
from shared_validator.http import FORM, Request, Response
from shared_validator.keys import KeyRing
from shared_validator.settings import Settings
from shared_validator.store import Client, User
from shared_validator.store.sql import SQLStore
from shared_validator.tokens import TokenSigner
from tests.unit.oauth2.server import ISSUER, Clock, Person

PASSWORD = "correct horse"

Fields = list[tuple[str, str]] | dict[str, str]


@dataclass
class Accounts:
    """The account pages, and what they stand on."""

    context: Context
    store: SQLStore
    clock: Clock
    alice: User
    signer: TokenSigner
    visitor: Person = field(default_factory=Person)

    def __post_init__(self) -> None:
        self.pages = {page.path: page for page in account_pages(self.context, self.signer.verify_id_token_hint)}

    def get(self, path: str, query: Fields | None = None) -> Response:
        """Look at a page."""
        return self.pages[path].answer(Request("GET", _url(path, query), {}), self.visitor)

    def post(self, path: str, form: Fields, query: Fields | None = None, address: str = "192.0.2.1") -> Response:
        """Send a form, whose CSRF token the application has checked."""
        request = Request("POST", _url(path, query), {"content-type": FORM}, urlencode(form).encode(), address)
        return self.pages[path].answer(request, self.visitor)

    def sign_in(self, username: str = "alice", password: str = PASSWORD, **more: str) -> Response:
        """Send the sign-in form."""
        return self.post("/login", {"username": username, "password": password}, **more)

    def id_token(self, client_id: str = "web") -> str:
        """Return an ID token of this server."""
        return self.signer.id_token(
            client_id=client_id, user_id=self.alice.user_id, auth_time=1, nonce=None, access_token="token", algorithm="RS256"
        )


def _url(path: str, query: Fields | None) -> str:
    return f"{ISSUER}{path}" + (f"?{urlencode(query)}" if query else "")


def _client(client_id: str, *post_logout_redirect_uris: str) -> Client:
    return Client(
        client_id=client_id,
        client_secret_hash=None,
        client_name=f"The {client_id}",
        redirect_uris=("https://app.example/callback",),
        post_logout_redirect_uris=post_logout_redirect_uris,
        grant_types=("authorization_code",),
        scope=("openid", "notes:read"),
        token_endpoint_auth_method="none",
        id_token_signed_response_alg="RS256",
    )


@pytest.fixture(scope="package")
def alice() -> User:
    """A user. Hashing a password takes time on purpose, so it is done once."""
    return new_user("alice", PASSWORD, "Alice", "alice@example.com")


@pytest.fixture
def accounts(sqlite_url: str, alice: User) -> Iterator[Accounts]:
    """The account pages with the user alice, nobody signed in."""
    store = SQLStore(sqlite_url)
    clock = Clock()
    settings = Settings(issuer=ISSUER, secret_keys=(b"k" * 32,), login_failures_per_user=10, login_failures_per_address=12)
    context = Context(settings, store, {"openid": "Know who you are", "notes:read": "Read your notes"}, clock)
    store.save_user(alice)
    store.save_client(_client("web", "https://app.example/bye", "https://app.example/bye?lang=en"))
    store.save_client(_client("other"))
    yield Accounts(context, store, clock, alice, TokenSigner(context, KeyRing(context)))
    store.close()
