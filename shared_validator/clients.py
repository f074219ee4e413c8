"""Registering a client: its metadata in the terms of RFC 7591 §2, checked before it is stored."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from shared_validator.grants import GRANT_TYPES
from shared_validator.keys import ALGORITHMS
from shared_validator.redirect_uris import check_redirect_uri
from shared_validator.store import Client
from shared_validator.validators.client_authentication import METHODS
from shared_validator.validators.client_name import check_client_name
from shared_validator.vault import digest

_FIELDS = (
    *(
        "client_id",
        "client_secret",
        "client_name",
        "redirect_uris",
        "post_logout_redirect_uris",
        "grant_types",
        "response_types",
    ),
    *(
        "scope",
        "token_endpoint_auth_method",
        "id_token_signed_response_alg",
        "application_type",
    ),
)
_DESCRIPTIONS = (
    "client_uri",
    "logo_uri",
    "tos_uri",
    "policy_uri",
    "software_id",
    "software_version",
)
"""Members that describe the client. They are checked, but no page shows them."""

_log = logging.getLogger("shared_validator.provider")


def client_from_metadata(
    metadata: Mapping[str, Any], *, offered_scopes: Collection[str] | None = None
) -> Client:
    """Return the client that ``metadata`` describes.

    Args:
        metadata: RFC 7591 client metadata with ``client_id``, and ``client_secret`` unless the
            method is ``none``. The secret must be generated (``vault.new_secret``): it is stored as
            a fast digest, which would not protect a secret that a person made up. Members that are
            not understood are ignored, with a warning in the log (RFC 7591 §2).
        offered_scopes: the scopes that the provider offers, if they are known. Others are refused.

    Raises:
        ValueError: a field is not accepted; the message names it.
    """
    client_id, secret = _text(metadata, "client_id"), _text(metadata, "client_secret", "")
    method = _one_of(metadata, "token_endpoint_auth_method", METHODS, "client_secret_basic")
    if (method == "none") == bool(secret):
        raise ValueError(
            f"client {client_id!r}: a client_secret goes with every token_endpoint_auth_method but none"
        )
    _check_descriptions(metadata)
    for name in sorted(set(metadata) - {*_FIELDS, *_DESCRIPTIONS, "contacts"}):
        _log.warning(
            "client %r: the metadata %r is not understood, so it is ignored", client_id, name
        )
    grant_types = _texts(metadata, "grant_types", ("authorization_code",))
    redirect_uris = _texts(metadata, "redirect_uris", ())
    _check_grants(client_id, grant_types, redirect_uris)
    expected = response_types(grant_types)
    if _texts(metadata, "response_types", expected) != expected:
        raise ValueError(
            f"client {client_id!r}: the response_types of these grant_types are {list(expected)}"
            " (RFC 7591 §2.1)"
        )
    scope = tuple(dict.fromkeys(_text(metadata, "scope", "").split()))
    if offered_scopes is not None:
        _check_scope(client_id, scope, offered_scopes)
    application_type = _one_of(metadata, "application_type", ("native", "web"), "")
    native = method == "none" and application_type != "web"
    for uri in (*redirect_uris, *_texts(metadata, "post_logout_redirect_uris", ())):
        check_redirect_uri(uri, public=native)
    return Client(
        client_id=client_id,
        client_secret_hash=digest(secret) if secret else None,
        client_name=_name(metadata, client_id),
        redirect_uris=redirect_uris,
        post_logout_redirect_uris=_texts(metadata, "post_logout_redirect_uris", ()),
        grant_types=grant_types,
        scope=scope,
        token_endpoint_auth_method=method,
        id_token_signed_response_alg=_one_of(
            metadata, "id_token_signed_response_alg", ALGORITHMS, "RS256"
        ),
        application_type=application_type,
    )


def response_types(grant_types: Collection[str]) -> tuple[str, ...]:
    """Return the response types of a client with these grant types (RFC 7591 §2.1).

    Only the authorization code grant uses the authorization endpoint.
    """
    return ("code",) if "authorization_code" in grant_types else ()


def metadata_of(client: Client) -> dict[str, Any]:
    """Return the metadata that describe a client (RFC 7591 §2), without its secrets."""
    values = {name: getattr(client, name) for name in _FIELDS if hasattr(client, name)}
    values["response_types"] = response_types(client.grant_types)
    if not client.application_type:
        del values["application_type"]
    lists = {name: list(value) for name, value in values.items() if isinstance(value, tuple)}
    return values | lists | {"scope": " ".join(client.scope)}


def edit_client(
    client: Client, changes: Mapping[str, Any], offered_scopes: Collection[str] | None
) -> Client:
    """Return a client with changed metadata, checked as at its registration.

    Args:
        client: the client as it is.
        changes: the metadata to change. They can't change the secret.
        offered_scopes: as for ``client_from_metadata``, if ``changes`` has a scope.

    Raises:
        ValueError: a field is not accepted; the message names it.
    """
    metadata = metadata_of(client) | dict(changes)
    del metadata["response_types"]  # they follow from the grant types
    if client.client_secret_hash is not None:
        metadata["client_secret"] = "unchanged"
    checked = client_from_metadata(
        metadata, offered_scopes=offered_scopes if "scope" in changes else None
    )
    return replace(
        checked,
        client_secret_hash=client.client_secret_hash,
        previous_secret_hash=client.previous_secret_hash,
        disabled=client.disabled,
    )


def _check_scope(client_id: str, scope: Collection[str], offered: Collection[str]) -> None:
    unknown = [name for name in scope if name not in offered]
    if unknown:
        raise ValueError(
            f"client {client_id!r}: the scope {unknown[0]!r} is not one of {', '.join(sorted(offered))}"
        )


def _check_grants(
    client_id: str, grant_types: tuple[str, ...], redirect_uris: tuple[str, ...]
) -> None:
    for grant_type in grant_types:
        if grant_type not in GRANT_TYPES:
            raise ValueError(
                f"client {client_id!r}: the grant type {grant_type!r} is not supported"
            )
    if "authorization_code" in grant_types and not redirect_uris:
        raise ValueError(
            f"client {client_id!r}: the grant type authorization_code needs redirect_uris"
        )


def _name(metadata: Mapping[str, Any], client_id: str) -> str:
    name = metadata.get("client_name", client_id)
    if not isinstance(name, str):
        raise ValueError("client metadata 'client_name' is not a string")  # noqa: TRY004 - it is about a value
    check_client_name(name)
    return name


def _check_descriptions(metadata: Mapping[str, Any]) -> None:
    _texts(metadata, "contacts", ())
    for name in _DESCRIPTIONS:
        value = _text(metadata, name, "")
        if name.endswith("_uri") and name in metadata:
            _check_web_address(name, value)


def _check_web_address(name: str, value: str) -> None:
    """Refuse what is no address of a page (RFC 7591 §2). Raises ``ValueError``, with the name."""
    try:
        parts = urlsplit(value)
    except ValueError as error:
        raise ValueError(f"client metadata {name!r} is not a URL") from error
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise ValueError(f"client metadata {name!r} is not a URL of a web page")


def _text(metadata: Mapping[str, Any], name: str, default: str | None = None) -> str:
    value = metadata.get(name, default)
    if not isinstance(value, str) or not value.isprintable() or (default is None and not value):
        raise ValueError(f"client metadata {name!r} is not a string, or is missing")
    return value


def _texts(metadata: Mapping[str, Any], name: str, default: tuple[str, ...]) -> tuple[str, ...]:
    value = metadata.get(name, default)
    if not isinstance(value, list | tuple) or not all(
        isinstance(item, str) and item for item in value
    ):
        raise ValueError(f"client metadata {name!r} is not a list of strings")
    return tuple(value)


def _one_of(metadata: Mapping[str, Any], name: str, allowed: tuple[str, ...], default: str) -> str:
    value = _text(metadata, name, default)
    if value not in (*allowed, default):
        raise ValueError(f"client metadata {name!r}: {value!r} is not one of {', '.join(allowed)}")
    return value
