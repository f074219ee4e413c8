"""Requests to a token endpoint and its responses (RFC 6749 §5)."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, quote_plus

import httpx2

from shared_validator.consumer.errors import NOT_SET_UP, UNUSABLE, ConsumerError, quoted, refusal
from shared_validator.consumer.metadata import Metadata, endpoint, json_object
from shared_validator.consumer.providers import AUTH_METHODS, ProviderConfiguration
from shared_validator.consumer.records import Tokens
from shared_validator.consumer.steps import Flow, request

_SECRETS = ("code", "code_verifier", "refresh_token", "client_secret")
"""The parameters that must not get into the log with the error of a provider that repeats them."""


def ask(
    provider: ProviderConfiguration, metadata: Metadata, name: str, parameters: Mapping[str, str]
) -> Flow[httpx2.Response]:
    """Send a form to an endpoint that authenticates its clients, and return the response.

    Args:
        provider: the configuration.
        metadata: the endpoints.
        name: ``token_endpoint`` or ``revocation_endpoint``.
        parameters: the form.
    """
    url = endpoint(metadata, name)
    method = _method(provider, metadata)
    authorization = None
    form = dict(parameters)
    if method == "client_secret_basic":
        authorization = _basic(provider.client_id, str(provider.client_secret))
    else:
        form["client_id"] = provider.client_id
    if method == "client_secret_post":
        form["client_secret"] = str(provider.client_secret)
    response: httpx2.Response = yield request("POST", url, form=form, authorization=authorization)
    return response


def _method(provider: ProviderConfiguration, metadata: Metadata) -> str:
    if provider.token_endpoint_auth_method is not None:
        return provider.token_endpoint_auth_method
    if provider.client_secret is None:
        return "none"
    # RFC 8414 §2: the default is client_secret_basic.
    supported = metadata.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
    for method in AUTH_METHODS[:2]:
        if isinstance(supported, list) and method in supported:
            return method
    raise ConsumerError(
        NOT_SET_UP, "the token endpoint takes neither client_secret_basic nor client_secret_post"
    )


def _basic(client_id: str, client_secret: str) -> str:
    """Return the credentials of HTTP Basic (RFC 6749 §2.3.1).

    Both parts are form-encoded before they are joined, so that a colon in one does not end it.
    """
    credentials = f"{quote_plus(client_id)}:{quote_plus(client_secret)}"
    return f"Basic {base64.b64encode(credentials.encode()).decode()}"


def read_tokens(
    provider: ProviderConfiguration, response: httpx2.Response, scope: tuple[str, ...], now: int
) -> Tokens:
    """Return the tokens of a response.

    Args:
        provider: the configuration.
        response: the token endpoint's response.
        scope: the requested scope, which is granted unless the response says otherwise
            (RFC 6749 §5.1).
        now: the current time.

    Raises:
        ConsumerError: the response is a refusal, or does not contain a bearer token.
    """
    _check_refusal(provider, response)
    # RFC 6749 §5.1 requires 200, but some providers send 201.
    if response.status_code not in (200, 201):
        json_object(response)
    values = {name: value for name, value in _values(response).items() if value is not None}
    token_type = values.get("token_type", None if provider.sends_token_type else "bearer")
    # Using another kind of token as a bearer token would reveal what must stay secret
    # (RFC 6749 §7.1).
    if not isinstance(token_type, str) or token_type.lower() != "bearer":
        raise ConsumerError(UNUSABLE, f"the token_type {quoted(token_type)}")
    access_token = _token(values, "access_token")
    if access_token is None:
        raise ConsumerError(UNUSABLE, "an answer without access_token")
    return Tokens(
        access_token=access_token,
        refresh_token=_token(values, "refresh_token"),
        id_token=_token(values, "id_token"),
        expires_at=_expires_at(values.get("expires_in"), now),
        scope=_scope(provider, values.get("scope"), scope),
    )


def _values(response: httpx2.Response) -> Mapping[str, Any]:
    """Return the members of a response in JSON, or in the form that some providers send instead.

    Raises:
        ConsumerError: it is neither.
    """
    try:
        values = response.json()
    except (ValueError, RecursionError):
        form = dict(parse_qsl(response.text))
        values = form if {"access_token", "error"} & form.keys() else None
    if not isinstance(values, dict):
        raise ConsumerError(UNUSABLE, "an answer that is neither a JSON object nor a form")
    return values


def _check_refusal(provider: ProviderConfiguration, response: httpx2.Response) -> None:
    # RFC 6749 §5.2 requires 400, but some providers send 401 or 200.
    try:
        code = _values(response).get("error")
    except ConsumerError:
        return
    # Some providers send an empty error next to tokens.
    if code is not None and code != "":
        error = refusal(provider.error_codes.get(code, code) if isinstance(code, str) else code)
        sent = parse_qsl(response.request.read().decode())
        if any(value in str(code) for name, value in sent if name in _SECRETS):
            error.reason = "an error that repeats a secret of the request"
        raise error


def _token(values: Mapping[str, Any], name: str) -> str | None:
    token = values.get(name)
    if token is None or token == "":
        return None
    if not isinstance(token, str) or not token.isascii() or not token.isprintable() or " " in token:
        raise ConsumerError(UNUSABLE, f"the {name} is not made of visible ASCII characters")
    return token


def _expires_at(seconds: object, now: int) -> int | None:
    # Some providers send the number as a string, or with a fraction.
    digits = re.fullmatch(r"([0-9]{1,10})(\.[0-9]+)?", str(seconds), re.ASCII)
    return now + int(digits[1]) if digits and not isinstance(seconds, bool) else None


def _scope(
    provider: ProviderConfiguration, answered: object, asked: tuple[str, ...]
) -> tuple[str, ...]:
    if isinstance(answered, list) and all(isinstance(name, str) for name in answered):
        answered = " ".join(answered)
    if not isinstance(answered, str):
        return asked
    granted = answered.replace(provider.scope_separator, " ").split()
    return tuple(
        dict.fromkeys([*granted, *(scope for scope in asked if scope in provider.scope_not_echoed)])
    )
