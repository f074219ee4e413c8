"""A provider's published endpoints and keys, fetched when needed and cached for a while."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx2
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, Key, KeySet

from shared_validator.consumer.addresses import url_problem
from shared_validator.consumer.errors import (
    UNAVAILABLE,
    UNUSABLE,
    UNVERIFIED,
    ConsumerError,
    quoted,
)
from shared_validator.consumer.providers import ProviderConfiguration
from shared_validator.consumer.steps import Flow, request, within

LIFETIME_SECONDS = 3600
REFETCH_SECONDS = 60

FETCH_SECONDS = 10
"""How long fetching a document may take in all."""

FAILURE_SECONDS = 5
"""How long a failure is remembered. After that, one sign-in at a time finds out about its end."""

WAIT_SECONDS = 0.05
"""How often a sign-in that waits for another one's fetch looks for its end."""

Metadata = Mapping[str, Any]


def json_object(response: httpx2.Response) -> dict[str, Any]:
    """Return the JSON object of a successful response. Raises ``ConsumerError``."""
    if response.status_code != 200:
        raise ConsumerError(
            UNAVAILABLE if response.status_code >= 500 else UNUSABLE,
            f"status {response.status_code}",
        )
    try:
        values = response.json()
    except (ValueError, RecursionError) as error:
        raise ConsumerError(UNUSABLE, "an answer that is not JSON") from error
    if not isinstance(values, dict):
        raise ConsumerError(UNUSABLE, "an answer that is not a JSON object")
    return values


def endpoint(metadata: Metadata, name: str) -> str:
    """Return the URL of an endpoint.

    Raises:
        ConsumerError: the provider has none, or one that must not receive a secret.
    """
    url = metadata.get(name)
    if not isinstance(url, str):
        raise ConsumerError(UNUSABLE, f"no {name} in the metadata")
    problem = url_problem(url)
    if problem:
        raise ConsumerError(UNUSABLE, f"{name} {quoted(url)} {problem}")
    return url


@dataclass
class _Document:
    """What is known of a document, and whether it is being fetched."""

    content: dict[str, Any] = field(default_factory=dict)
    fetched_at: float | None = None
    failure: ConsumerError | None = None
    failed_at: float | None = None
    is_being_fetched: bool = False


class Publications:
    """The metadata and keys that providers publish, cached for an hour.

    A process has one fetch of a document under way at most, so that a provider that hangs does not
    keep one thread for each visitor.

    Args:
        clock: the current time in seconds since 1970.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._documents: dict[tuple[str, str], _Document] = {}

    def metadata(self, provider: ProviderConfiguration) -> Flow[Metadata]:
        """Return a provider's metadata (RFC 8414, OpenID Connect Discovery).

        Endpoints in the configuration take precedence.

        Raises:
            ConsumerError: the metadata cannot be fetched, or is another issuer's, or lacks an
                endpoint that every sign-in needs.
        """
        if provider.issuer is None:
            return provider.endpoints

        def check(published: Metadata) -> None:
            # Metadata in another issuer's name would allow the mix-up attack (RFC 8414 §3.3).
            if published.get("issuer") != (provider.issuer_template or provider.issuer):
                raise ConsumerError(
                    UNUSABLE, f"the metadata is of the issuer {quoted(published.get('issuer'))}"
                )
            for name in ("authorization_endpoint", "token_endpoint"):
                endpoint({**published, **provider.endpoints}, name)

        published = yield from self._document(
            (provider.name, _well_known(provider)), LIFETIME_SECONDS, check
        )
        return {**published, **provider.endpoints}

    def keys(self, metadata: Metadata, refresh: bool = False) -> Flow[KeySet]:
        """Return the keys that sign a provider's ID tokens (RFC 7517 §5).

        Args:
            metadata: the provider's metadata.
            refresh: fetch them again, unless that was done within a minute, because a token names a
                key that is not among them.
        """
        lifetime = REFETCH_SECONDS if refresh else LIFETIME_SECONDS
        document = yield from self._document(
            ("", endpoint(metadata, "jwks_uri")), lifetime, _check_key_set
        )
        return KeySet([key for key in map(_signature_key, document["keys"]) if key])

    def _document(
        self, of: tuple[str, str], lifetime: int, check: Callable[[Metadata], None]
    ) -> Flow[dict[str, Any]]:
        """Return a document, from memory or fetched.

        Args:
            of: for whom the document is checked, and its URL.
            lifetime: how old it may be, in seconds.
            check: raises ``ConsumerError`` if it cannot be used.
        """
        while True:
            with self._lock:
                document = self._documents.setdefault(of, _Document())
                if self._is_recent(document.fetched_at, lifetime):
                    return document.content
                # While one sign-in finds out whether the provider is back, the others do not wait.
                if document.failure and (
                    document.is_being_fetched
                    or self._is_recent(document.failed_at, FAILURE_SECONDS)
                ):
                    raise document.failure.again()
                if not document.is_being_fetched:
                    document.is_being_fetched = True
                    break
            yield WAIT_SECONDS
        try:
            content = yield from within(FETCH_SECONDS, _fetched(of[1]))
            check(content)
        except ConsumerError as error:
            # The request that needs the document was not sent.
            error.may_have_worked = False
            document.failure, document.failed_at = error.again(), self._clock()
            raise
        else:
            document.content, document.fetched_at, document.failure = content, self._clock(), None
        finally:
            document.is_being_fetched = False
        return content

    def _is_recent(self, at: float | None, seconds: int) -> bool:
        # A clock that was set back must not make the memory longer.
        return at is not None and 0 <= self._clock() - at < seconds


def _fetched(url: str) -> Flow[dict[str, Any]]:
    response = yield request("GET", url)
    return json_object(response)


def _check_key_set(published: Metadata) -> None:
    if not isinstance(published.get("keys"), list):
        raise ConsumerError(UNVERIFIED, "the jwks_uri publishes no key set")


def _well_known(provider: ProviderConfiguration) -> str:
    issuer = str(provider.issuer)
    if provider.protocol == "openid":
        return issuer.rstrip("/") + "/.well-known/openid-configuration"
    # RFC 8414 §3.1 puts the well-known part before the path, OpenID Connect Discovery §4 after it.
    parts = urlsplit(issuer)
    return parts._replace(
        path="/.well-known/oauth-authorization-server" + parts.path.rstrip("/")
    ).geturl()


def _signature_key(jwk: Any) -> Key | None:
    """Return a public key that can verify signatures. Ignore other keys in the set (RFC 7517 §5)."""
    if (
        not isinstance(jwk, dict)
        or jwk.get("kty") not in ("RSA", "EC", "OKP")
        or jwk.get("use", "sig") != "sig"
    ):
        return None
    try:
        return JWKRegistry.import_key(jwk)
    except (JoseError, ValueError, TypeError, KeyError):
        return None
