"""An OAuth 1.0a provider in process, and requests that oauthlib's client signs for it."""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat, load_pem_private_key
from oauthlib.oauth1 import Client

from shared_validator.context import Context
from shared_validator.endpoints.oauth1 import oauth1_endpoints
from shared_validator.flows import Question
from shared_validator.flows.oauth1 import OAuth1Flow
from shared_validator.http import FORM, Request, Response
from shared_validator.settings import Settings
from shared_validator.store import TokenCredentials, User
from shared_validator.store.sql import SQLStore
from shared_validator.validators.oauth1 import TOKEN_SECRET, OAuth1Refused, OAuth1Resource, new_consumer
from shared_validator.validators.oauth1_signature import RSA_HASHES
from shared_validator.vault import digest
from tests.unit.oauth2.server import Clock, Person, outcome_of, response_of

ISSUER = "https://provider.example"
REALM = f'OAuth realm="{ISSUER}"'
CALLBACK = "https://printer.example/ready?kept=%2f%7E+x&empty"
OTHER_CALLBACKS = ("com.example.app:/ready", "https://printer.example/none", "https://printer.example/bare?")
SCOPES = {"profile": "See your name", "notes:read": "Read your notes"}
SECRET = "kd94hf93k423kf44&/+~ ü"
TOKEN = "nnch734d00sl2jdk"
TOKEN_SECRET_TEXT = "pfkkdhi9sl3r4s00&/+~ ü"


@cache
def rsa_pair(bits: int = 2048) -> tuple[str, str]:
    """Return a private and a public key in PEM, made once in a run."""
    key = rsa.generate_private_key(65537, bits)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return private, key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def _sign_rsa(base_string: str, client: Client) -> str:
    key = load_pem_private_key(client.rsa_key.encode(), None)
    return base64.b64encode(key.sign(base_string.encode(), PKCS1v15(), RSA_HASHES[client.signature_method])).decode()


class SigningClient(Client):
    """oauthlib's client; its own RSA needs PyJWT, for what cryptography does."""

    SIGNATURE_METHODS = {**Client.SIGNATURE_METHODS, **dict.fromkeys(RSA_HASHES, _sign_rsa)}  # noqa: RUF012


@dataclass
class Attempt:
    """What one sign-in over OAuth 1.0a has come to."""

    client: dict[str, Any]
    token: str
    secret: str
    verifier: str = ""


class Server:
    """A provider with two consumers (``shared`` signs with a secret, ``rsa`` with a key), Alice, and token credentials of hers.

    Args:
        store: where it keeps its records.
        settings: what a test is about.
    """

    def __init__(self, store: SQLStore, **settings: Any) -> None:
        self.store = store
        self.clock = Clock()
        self.context = Context(Settings(**{"issuer": ISSUER, "secret_keys": (b"k" * 32,), **settings}), store, SCOPES, self.clock)
        self.user = User(user_id="u1", username="alice", password_hash="", name="Alice", email="alice@example.com")
        store.save_user(self.user)
        vault = self.context.vault
        for consumer in (
            new_consumer(vault, consumer_key="shared", name="Printer", callbacks=(CALLBACK, *OTHER_CALLBACKS), secret=SECRET),
            new_consumer(vault, consumer_key="rsa", name="Printer with a key", callbacks=(CALLBACK,), rsa_public_key=rsa_pair()[1]),
        ):
            store.save_oauth1_consumer(consumer)
            store.save_token_credentials(
                TokenCredentials(
                    token_hash=digest(f"{consumer.consumer_key}-{TOKEN}"),
                    sealed_secret=vault.seal(TOKEN_SECRET, digest(f"{consumer.consumer_key}-{TOKEN}"), TOKEN_SECRET_TEXT.encode()),
                    consumer_key=consumer.consumer_key,
                    user_id=self.user.user_id,
                    scope=tuple(SCOPES),
                    issued_at=self.context.now(),
                )
            )
        self.handlers = {endpoint.path.rpartition("/")[2]: endpoint.answer for endpoint in oauth1_endpoints(self.context)}
        self.flow = OAuth1Flow(self.context)
        self.resource = OAuth1Resource(self.context)
        self.alice = Person(self.user.user_id, int(self.clock()))

    # Signing --------------------------------------------------------------------------------------------------------------------

    def client(self, consumer_key: str = "shared", **options: Any) -> dict[str, Any]:
        """Return the arguments of an oauthlib client of a consumer, with the server's time and a nonce of its own."""
        method = options.get("signature_method", "HMAC-SHA1")
        credential = {"rsa_key": rsa_pair()[0]} if method.startswith("RSA") else {"client_secret": SECRET}
        fresh = {"timestamp": str(int(self.clock())), "nonce": secrets.token_hex(8)}
        return {"client_key": consumer_key, **credential, **fresh, **options}

    def token_client(self, consumer_key: str = "shared", **options: Any) -> dict[str, Any]:
        """Return the same with Alice's token credentials."""
        token = {"resource_owner_key": f"{consumer_key}-{TOKEN}", "resource_owner_secret": TOKEN_SECRET_TEXT}
        return self.client(consumer_key, **{**token, **options})

    def check(self, request: Request) -> TokenCredentials | tuple[int, str]:
        """Check a signed request to the API: the token credentials, or status and description."""
        try:
            return self.resource.check(request)
        except OAuth1Refused as refused:
            return refused.status, refusal(refused.response, refused.status)

    # The three steps ------------------------------------------------------------------------------------------------------------

    def request_token(self, **options: Any) -> Response:
        """Ask for temporary credentials."""
        client = self.client(**{"callback_uri": CALLBACK, **options})
        return self.handlers["request_token"](signed(client, "/oauth1/request_token", "POST"))

    def begin(self, **options: Any) -> Attempt:
        """Ask for temporary credentials and get them."""
        answer = fields(self.request_token(**options))
        kept = {name: options[name] for name in ("consumer_key", "signature_method", "signature_type") if name in options}
        return Attempt(kept, answer["oauth_token"], answer["oauth_token_secret"])

    def question(self, attempt: Attempt, visitor: Person | None = None) -> Question | Response:
        """Show the consent page."""
        return outcome_of(lambda: self.flow.ask(Request("GET", authorize_url(attempt.token), {}), visitor or self.alice))

    def answer(self, attempt: Attempt, decision: str = "allow", visitor: Person | None = None) -> Response:
        """Send the consent form."""
        body = urlencode({"decision": decision}).encode()
        request = Request("POST", authorize_url(attempt.token), {"content-type": FORM}, body)
        return response_of(lambda: self.flow.ask(request, visitor or self.alice))

    def agreed(self, **options: Any) -> Attempt:
        """Go as far as the verifier."""
        attempt = self.begin(**options)
        attempt.verifier = dict(parse_qsl(urlsplit(self.answer(attempt).header("Location") or "").query))["oauth_verifier"]
        return attempt

    def access_token_request(self, attempt: Attempt, **options: Any) -> Request:
        """Return a signed request for token credentials."""
        credentials = {"resource_owner_key": attempt.token, "resource_owner_secret": attempt.secret, "verifier": attempt.verifier}
        client = self.client(**{**attempt.client, **credentials, **options})
        return signed(client, "/oauth1/access_token", "POST")

    def access_token(self, attempt: Attempt, **options: Any) -> Response:
        """Ask for token credentials."""
        return self.handlers["access_token"](self.access_token_request(attempt, **options))


def signed(client: dict[str, Any], path: str, method: str = "GET", body: Any = None, headers: dict[str, str] | None = None) -> Request:
    """Return a request to ``path`` that oauthlib's client has signed."""
    if client.get("signature_type") == "BODY":
        body, headers = body or "", {"Content-Type": FORM, **(headers or {})}
    url, sent, sent_body = SigningClient(**client).sign(ISSUER + path, method, body, headers)
    return Request(method, url, {name.lower(): value for name, value in sent.items()}, (sent_body or "").encode())


def authorize_url(token: str) -> str:
    """Return the URL to which a consumer sends the browser."""
    return f"{ISSUER}/oauth1/authorize?{urlencode({'oauth_token': token})}"


def fields(response: Response) -> dict[str, str]:
    """Return the form-encoded fields of a 200."""
    assert 200 == response.status, response.body
    return dict(parse_qsl(response.body.decode(), strict_parsing=True))


def refusal(response: Response, status: int) -> str:
    """Return the description of a refusal of the given status, which has the challenge and is not stored."""
    assert response.status == status, response.body
    assert (REALM, "no-store") == (response.header("WWW-Authenticate"), response.header("Cache-Control"))
    answer = dict(parse_qsl(response.body.decode(), strict_parsing=True))
    assert answer["error"] in ("invalid_request", "invalid_signature_method", "invalid_client")
    return answer["error_description"]
