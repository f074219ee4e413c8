"""A provider's published endpoints and keys, fetched when needed and cached for a while."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx2
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, Key, KeySet

from shared_validator.consumer.addresses import url_problem
from shared_validator.consumer.errors import UNAVAILABLE, UNUSABLE, ConsumerError, quoted
from shared_validator.consumer.providers import ProviderConfiguration
from shared_validator.consumer.steps import Flow, request

LIFETIME_SECONDS = 3600
REFETCH_SECONDS = 60

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
class Publications:
    """The metadata and keys that providers publish, cached for an hour.

    Args:
        clock: the current time in seconds since 1970.
    """

    clock: Callable[[], float]
    _kept: dict[str, tuple[float, dict[str, Any]]] = field(default_factory=dict)

    def metadata(self, provider: ProviderConfiguration) -> Flow[Metadata]:
        """Return a provider's metadata (RFC 8414, OpenID Connect Discovery).

        Endpoints in the configuration take precedence.

        Raises:
            ConsumerError: the metadata cannot be fetched, or is another issuer's.
        """
        if provider.issuer is None:
            return provider.endpoints
        published = yield from self._document(_well_known(provider), LIFETIME_SECONDS)
        # Metadata in another issuer's name would allow the mix-up attack (RFC 8414 §3.3).
        if published.get("issuer") != (provider.issuer_template or provider.issuer):
            raise ConsumerError(
                UNUSABLE, f"the metadata is of the issuer {quoted(published.get('issuer'))}"
            )
        return {**published, **provider.endpoints}

    def keys(self, metadata: Metadata, refresh: bool = False) -> Flow[KeySet]:
        """Return the keys that sign a provider's ID tokens (RFC 7517 §5).

        Args:
            metadata: the provider's metadata.
            refresh: fetch them again, unless that was done within a minute, because a token names a
                key that is not among them.
        """
        document = yield from self._document(
            endpoint(metadata, "jwks_uri"), REFETCH_SECONDS if refresh else LIFETIME_SECONDS
        )
        listed = document.get("keys")
        return KeySet(
            [key for key in map(_signature_key, listed if isinstance(listed, list) else []) if key]
        )

    def _document(self, url: str, lifetime: int) -> Flow[dict[str, Any]]:
        fetched_at, document = self._kept.get(url, (0.0, {}))
        if not fetched_at or self.clock() >= fetched_at + lifetime:
            response = yield request("GET", url)
            document = json_object(response)
            self._kept[url] = (self.clock(), document)
        return document


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
