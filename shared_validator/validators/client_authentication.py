"""Client authentication at the token endpoint and similar endpoints (RFC 6749 §2.3)."""

from __future__ import annotations

import base64
import binascii
import hmac
from contextlib import suppress
from urllib.parse import unquote_plus

from oauthlib.oauth2.rfc6749.errors import InvalidClientError, InvalidRequestError

from shared_validator.events import because
from shared_validator.http import BadRequest, Request
from shared_validator.store import Client, Store
from shared_validator.validators.protocol_request import ProtocolRequest
from shared_validator.vault import digest

METHODS = ("client_secret_basic", "client_secret_post", "none")

_NO_SECRET = digest("")


def authenticate(asked: ProtocolRequest, store: Store) -> Client:
    """Return the client that sent the request.

    Args:
        asked: a request to the token endpoint or a similar one.
        store: stores the clients.

    Raises:
        InvalidRequestError: two methods at once (RFC 6749 §2.3), or no client at all.
        InvalidClientError: an unknown client, a wrong secret, or a method it did not register.
    """
    method, client_id, secret = _presented(asked)
    client = store.client(client_id)
    accepted = (client.client_secret_hash, client.previous_secret_hash) if client else (None, None)
    given = digest(secret)
    # Compare both, for unknown clients too, so that the time does not reveal which clients exist.
    same = [hmac.compare_digest(expected or _NO_SECRET, given) for expected in accepted]
    if client is None:
        raise because(InvalidClientError(), "the client is unknown or disabled")
    if method != client.token_endpoint_auth_method:
        registered = client.token_endpoint_auth_method
        raise because(InvalidClientError(), f"it registered {registered}, not {method}")
    if method != "none" and not (secret and any(same)):
        raise because(InvalidClientError(), "the secret is wrong")
    return client


def claimed_client_id(request: Request) -> str | None:
    """Return the ``client_id`` that a refused request gives, for the log."""
    with suppress(BadRequest, InvalidClientError):
        header = request.headers.get("authorization")
        return _basic(header)[0] if header else dict(request.form).get("client_id")
    return None


def _presented(asked: ProtocolRequest) -> tuple[str, str, str]:
    if asked.client_assertion:
        # It would be ignored, and a public client let in without it (RFC 7521 §4.2).
        raise InvalidClientError("The client_assertion is not a supported method.")
    header = asked.authorization
    if header is not None:
        if asked.client_secret:
            raise InvalidRequestError("The client authenticates in two ways at once.")
        client_id, secret = _basic(header)
        if asked.client_id not in (None, client_id):
            raise InvalidRequestError("The header and the body name different clients.")
        # Some programs send the header for public clients too. An empty secret is none, and may be
        # left out (RFC 6749 §2.3.1).
        return "client_secret_basic" if secret else "none", client_id, secret
    if not asked.client_id:
        raise InvalidClientError("No client authentication included.")
    if asked.client_secret:
        return "client_secret_post", asked.client_id, asked.client_secret
    return "none", asked.client_id, ""


def _basic(header: str) -> tuple[str, str]:
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        raise InvalidClientError("The scheme of client authentication is Basic.")
    try:
        decoded = base64.b64decode(encoded.strip(), validate=True).decode("utf-8")
    except (binascii.Error, ValueError) as error:
        raise InvalidClientError("The Authorization header is not well formed.") from error
    client_id, colon, secret = decoded.partition(":")
    if not colon:
        raise InvalidClientError("The Authorization header is not well formed.")
    # Both parts were form-encoded before they were joined (RFC 6749 §2.3.1).
    return unquote_plus(client_id), unquote_plus(secret)
