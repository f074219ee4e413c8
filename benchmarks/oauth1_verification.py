"""What it costs to verify a request that is signed with HMAC-SHA1, against the least that plain Python can do for it.

Run it by itself with ``python -m benchmarks.oauth1_verification``.
"""

from __future__ import annotations

import base64
import hmac
import json
import time
from collections.abc import Callable
from statistics import median
from typing import Any
from urllib.parse import quote

from oauthlib.oauth1 import Client, RequestValidator
from oauthlib.oauth1 import ResourceEndpoint as OAuthlibEndpoint

from shared_validator.context import Context
from shared_validator.http import Request
from shared_validator.settings import Settings
from shared_validator.store import OAuth1Consumer, TokenCredentials
from shared_validator.validators.oauth1 import (
    CONSUMER_SECRET,
    TOKEN_SECRET,
    OAuth1Resource,
    new_consumer,
)
from shared_validator.validators.oauth1_signature import SignedRequest
from shared_validator.vault import digest

NAME = "OAuth 1.0a: verifying HMAC-SHA1, against plain Python"
TARGET = 2.6
ISSUER = "https://provider.example"
PATH = "/api/notes"
QUERY = "page=2&sort=created&filter=caf%C3%A9%20%26%20bar"
TIME = 1_800_000_000
SECRET, TOKEN, SECRET_OF_TOKEN = (
    "a-consumer-secret-of-some-length",
    "a-token-of-some-length",
    "a-token-secret-of-some-length",
)


class Records:
    """Records in memory: what a store costs is measured elsewhere."""

    def __init__(self) -> None:
        self.consumers: dict[str, OAuth1Consumer] = {}
        self.tokens: dict[bytes, TokenCredentials] = {}

    def oauth1_consumer(self, consumer_key: str) -> OAuth1Consumer | None:
        return self.consumers.get(consumer_key)

    def token_credentials(self, token_hash: bytes) -> TokenCredentials | None:
        return self.tokens.get(token_hash)

    def use_nonce(self, nonce_hash: bytes, expires_at: int) -> bool:
        return True


def make_context() -> Context:
    """Return a server that knows one consumer and one token."""
    records: Any = Records()
    context = Context(
        Settings(issuer=ISSUER, secret_keys=(b"k" * 32,)),
        records,
        {"notes:read": "Read your notes"},
        lambda: TIME,
    )
    records.consumers["consumer"] = new_consumer(
        context.vault, consumer_key="consumer", name="Consumer", callbacks=(), secret=SECRET
    )
    records.tokens[digest(TOKEN)] = TokenCredentials(
        token_hash=digest(TOKEN),
        sealed_secret=context.vault.seal(TOKEN_SECRET, digest(TOKEN), SECRET_OF_TOKEN.encode()),
        consumer_key="consumer",
        user_id="user",
        scope=("notes:read",),
        issued_at=TIME,
    )
    return context


def make_floor(parameters: list[tuple[str, str]], signature: str) -> Callable[[], bool]:
    """Return the least: the parameters are decoded and the secrets known already."""

    def floor() -> bool:
        encoded = sorted(
            (quote(name, safe=""), quote(value, safe="")) for name, value in parameters
        )
        normalized = "&".join(f"{name}={value}" for name, value in encoded)
        text = f"GET&{quote(ISSUER + PATH, safe='')}&{quote(normalized, safe='')}"
        key = f"{quote(SECRET, safe='')}&{quote(SECRET_OF_TOKEN, safe='')}"
        expected = base64.b64encode(hmac.digest(key.encode(), text.encode(), "sha1")).decode()
        return hmac.compare_digest(expected, signature)

    return floor


class _Validator(RequestValidator):
    """What oauthlib's own endpoint asks, answered from the same records with the same secrets."""

    enforce_ssl = False
    timestamp_lifetime = 10**10
    dummy_client = dummy_access_token = ""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context

    def check_client_key(self, client_key: str) -> bool:
        return True

    check_access_token = check_nonce = check_client_key

    def validate_timestamp_and_nonce(self, *args: Any, **kwargs: Any) -> bool:
        return True

    validate_realms = validate_timestamp_and_nonce

    def validate_client_key(self, client_key: str, request: Any) -> bool:
        request.consumer = self._context.store.oauth1_consumer(client_key)
        return request.consumer is not None

    def validate_access_token(self, client_key: str, token: str, request: Any) -> bool:
        request.token = self._context.store.token_credentials(digest(token))
        return request.token is not None

    def get_client_secret(self, client_key: str, request: Any) -> str:
        return self._context.vault.open(
            CONSUMER_SECRET, client_key, request.consumer.sealed_secret
        ).decode()

    def get_access_token_secret(self, client_key: str, token: str, request: Any) -> str:
        return self._context.vault.open(
            TOKEN_SECRET, digest(token), request.token.sealed_secret
        ).decode()


def make_candidates() -> dict[str, Callable[[], Any]]:
    """Return the floor, this package and oauthlib's own endpoint, to verify the same request."""
    client = Client(
        "consumer", SECRET, TOKEN, SECRET_OF_TOKEN, nonce="0123456789abcdef", timestamp=str(TIME)
    )
    url, headers, _ = client.sign(f"{ISSUER}{PATH}?{QUERY}")
    sent = {"authorization": headers["Authorization"]}
    context = make_context()
    resource = OAuth1Resource(context)
    theirs = OAuthlibEndpoint(_Validator(context))
    read = SignedRequest(Request("GET", url, sent))

    return {
        "floor": make_floor(read.params, read.signature),
        # A new Request each time: it remembers what it has parsed.
        "shared_validator": lambda: resource.check(Request("GET", url, sent)),
        "oauthlib": lambda: theirs.validate_protected_resource_request(url, "GET", None, sent)[0],
    }


def measure(rounds: int = 60, calls: int = 200) -> dict[str, Any]:
    """Measure interleaved, and return the ratio of the medians.

    Args:
        rounds: how often each candidate has its turn.
        calls: how many verifications a turn holds.
    """
    candidates = make_candidates()
    refused = [name for name, candidate in candidates.items() if not candidate()]
    if refused:
        raise RuntimeError(f"not verified by {refused}")
    times: dict[str, list[float]] = {name: [] for name in candidates}
    for _ in range(rounds):
        for name, candidate in candidates.items():
            begin = time.process_time()
            for _ in range(calls):
                candidate()
            times[name].append((time.process_time() - begin) / calls * 1e6)
    medians = {name: median(values) for name, values in times.items()}
    detail = ", ".join(f"{name} {value:.1f} µs" for name, value in medians.items())
    return {
        "name": NAME,
        "ratio": medians["shared_validator"] / medians["floor"],
        "target": TARGET,
        "detail": detail,
    }


if __name__ == "__main__":
    print(json.dumps(measure(), ensure_ascii=False, indent=2))  # noqa: T201
