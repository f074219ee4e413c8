"""The providers that users can sign in with, from a TOML file.

Each provider is one table, complete by itself or based on a preset. A string that is exactly
``"${NAME}"`` is taken from the environment variable NAME, so that the file has no secrets and can
be committed. If the variable of a client_id is set but empty, the application is not registered at
that provider yet, and the provider is hidden.
"""

from __future__ import annotations

import logging
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from shared_validator.consumer.addresses import url_problem
from shared_validator.settings import SettingsError

_log = logging.getLogger("shared_validator.consumer")

SIGNATURE_METHODS = (
    "HMAC-SHA1",
    "HMAC-SHA256",
    "HMAC-SHA512",
    "RSA-SHA1",
    "RSA-SHA256",
    "RSA-SHA512",
)
SYMMETRIC = "HS256"
ID_TOKEN_ALGORITHMS = (
    *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512", "Ed25519", "EdDSA", SYMMETRIC),
)
RESPONSE_MODES = ("query", "form_post")
AUTH_METHODS = ("client_secret_basic", "client_secret_post", "none")


@dataclass(frozen=True, kw_only=True)
class ProviderConfiguration:
    """The configuration of one provider.

    Args:
        name: the table's name, which is part of ``/login/<name>`` and ``/callback/<name>``.
        title: its name on pages.
        protocol: ``openid``, ``oauth2`` or ``oauth1``.
        client_id: this application's identifier there; in OAuth 1.0a, the consumer key.
        client_secret: absent for a public client (RFC 6749 §2.1).
        api: the API that the tokens are for; the base URL of a session.
        endpoints: endpoints by their names in RFC 8414 §2. Missing ones come from the issuer's
            metadata.
        scope: the scope to request.
        issuer: the issuer, which publishes the metadata and signs ID tokens.
        issuer_template: the issuer in the metadata of a provider with many tenants, with
            ``{tenantid}`` for the claim ``tid``.
        token_endpoint_auth_method: how to authenticate, if the metadata does not say.
        scope_separator: the separator of the scopes in responses; a space in RFC 6749 §3.3.
        scope_not_echoed: scopes that are granted but missing from the response.
        response_mode: ``form_post`` for a provider that must send its answer in a form (OAuth 2.0 Form
            Post Response Mode); otherwise the answer is in the query.
        authorization_parameters: parameters to add to the authorization request.
        error_codes: for each of the provider's own error codes, the equivalent code of RFC 6749
            §5.2.
        refresh_sends_redirect_uri: whether a refresh repeats the redirect URI.
        userinfo: whether to ask an OpenID provider for more claims than the ID token has. Its answer
            is optional: without it, the user is signed in with the claims of the ID token.
        sends_token_type: whether a token response has ``token_type``, which RFC 6749 §5.1 requires.
        sends_nonce: whether an ID token repeats the nonce, which OpenID Connect Core §3.1.3.7
            requires.
        accepts_pkce: whether the provider accepts the parameters of PKCE. Without them, only the
            nonce of an ID token keeps an attacker from using a stolen code in a sign-in here
            (RFC 9700 §2.1.1), and a client_secret is required.
        id_token_signed_response_alg: the only algorithm that signs ID tokens, for a provider that
            uses neither RS256 nor ES256. ``HS256`` needs a secret of at least 32 bytes.
        claims: for each claim of OpenID Connect Core §5.1, the path of its value in the response of
            the ``userinfo_endpoint``; empty if the response already has these names.
        signature_method: how to sign (RFC 5849 §3.4).
        rsa_private_key: the key of the RSA methods, in PEM.
    """

    name: str
    title: str
    protocol: str
    client_id: str
    client_secret: str | None = field(default=None, repr=False)
    api: str
    endpoints: Mapping[str, str]
    scope: str = ""
    issuer: str | None = None
    issuer_template: str | None = None
    token_endpoint_auth_method: str | None = None
    scope_separator: str = " "
    scope_not_echoed: tuple[str, ...] = ()
    response_mode: str | None = None
    authorization_parameters: Mapping[str, str] = field(default_factory=dict)
    error_codes: Mapping[str, str] = field(default_factory=dict)
    refresh_sends_redirect_uri: bool = False
    userinfo: bool = True
    sends_token_type: bool = True
    sends_nonce: bool = True
    accepts_pkce: bool = True
    id_token_signed_response_alg: str | None = None
    claims: Mapping[str, str] = field(default_factory=dict)
    signature_method: str = "HMAC-SHA1"
    rsa_private_key: str | None = field(default=None, repr=False)


def read_providers(path: str, environ: Mapping[str, str]) -> dict[str, ProviderConfiguration]:
    """Read a providers file, and return the providers where the application is registered.

    Args:
        path: the path of the file.
        environ: the variables for strings that are ``"${NAME}"``.

    Raises:
        SettingsError: the file cannot be read, or a table in it is wrong. The message names the
            file, the table and the key, and shows no value from ``environ``.
    """
    try:
        tables = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"CONSUMER_PROVIDERS: {path}: {error}") from error
    if not tables:
        raise SettingsError(f"CONSUMER_PROVIDERS: {path}: holds no provider")
    registered = {
        name: table
        for name, table in tables.items()
        if not _awaits_registration(name, table, environ)
    }
    return {
        name: _Table(path, name, table, environ).configuration()
        for name, table in registered.items()
    }


def _awaits_registration(name: str, table: Any, environ: Mapping[str, str]) -> bool:
    variable = _variable(table.get("client_id")) if isinstance(table, dict) else None
    if variable is None or environ.get(variable) != "":
        return False
    _log.warning(
        "%s is not offered: %s is empty until this application is registered there", name, variable
    )
    return True


def _variable(value: Any) -> str | None:
    """Return the name of the environment variable to take a value from."""
    found = re.fullmatch(r"\$\{([^{}]+)\}", value) if isinstance(value, str) else None
    return found and found[1]


@cache
def presets() -> dict[str, dict[str, Any]]:
    """Return the presets for the big providers, from ``presets.toml``."""
    return tomllib.loads(
        (resources.files(__package__) / "presets.toml").read_text(encoding="utf-8")
    )


_BOTH = {
    "preset",
    "title",
    "protocol",
    "client_id",
    "client_secret",
    "api",
    "userinfo_endpoint",
    "claims",
}
_OAUTH2 = _BOTH | {
    "issuer",
    "authorization_endpoint",
    "token_endpoint",
    "revocation_endpoint",
    "scope",
    "scope_separator",
    "scope_not_echoed",
    "token_endpoint_auth_method",
    "response_mode",
    "authorization_parameters",
    "error_codes",
    "refresh_sends_redirect_uri",
    "sends_token_type",
    "accepts_pkce",
}
_KEYS: dict[str, set[str]] = {
    "oauth2": _OAUTH2,
    "openid": _OAUTH2
    | {
        "issuer_template",
        "jwks_uri",
        "end_session_endpoint",
        "userinfo",
        "sends_nonce",
        "id_token_signed_response_alg",
    },
    "oauth1": _BOTH
    | {
        "request_token_endpoint",
        "authorization_endpoint",
        "access_token_endpoint",
        "signature_method",
        "rsa_private_key",
    },
}
_REQUIRED = {
    "oauth2": ("client_id", "api"),
    "openid": ("client_id", "api", "issuer"),
    "oauth1": (
        "client_id",
        "api",
        "request_token_endpoint",
        "authorization_endpoint",
        "access_token_endpoint",
        "userinfo_endpoint",
    ),
}
_TYPES: dict[str, type] = {
    "scope_not_echoed": list,
    "authorization_parameters": dict,
    "error_codes": dict,
    "refresh_sends_redirect_uri": bool,
    "userinfo": bool,
    "sends_token_type": bool,
    "sends_nonce": bool,
    "accepts_pkce": bool,
    "claims": dict,
}
_IN_WORDS = {
    str: "a string of at least one character",
    list: "a list of strings",
    dict: "a table of strings",
    bool: "true or false",
}
_OWN_PARAMETERS = {
    "response_type",
    "response_mode",
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
}


class _Table:
    """One table of a providers file, checked key by key."""

    def __init__(self, path: str, name: str, table: Any, environ: Mapping[str, str]) -> None:
        self._where = f"CONSUMER_PROVIDERS: {path}: [{name}]"
        self._name = name
        if not isinstance(table, dict):
            raise SettingsError(f"{self._where}: is not a table")
        if not re.fullmatch(r"[A-Za-z0-9_-]+", name):
            raise SettingsError(
                f"{self._where}: a name is made of letters, digits, '-' and '_', as part of a URL"
            )
        self._written = self._merged(
            table
        )  # messages quote these, because values from the environment may be secret
        self._values = {
            key: self._taken(key, value, environ) for key, value in self._written.items()
        }

    def configuration(self) -> ProviderConfiguration:
        """Return the table as a configuration. Raises ``SettingsError``."""
        values = self._values
        self._check_keys()
        endpoints = {
            key: self._endpoint(key)
            for key in values
            if key.endswith("_endpoint") or key == "jwks_uri"
        }
        self._check_urls(endpoints)
        protocol = str(values["protocol"])
        (self._check_oauth1 if protocol == "oauth1" else self._check_oauth2)()
        rest = {
            key: value
            for key, value in values.items()
            if key not in endpoints and key not in ("preset", "title")
        }
        rest["scope_not_echoed"] = tuple(rest.get("scope_not_echoed", ()))
        return ProviderConfiguration(
            name=self._name, title=values.get("title", self._name), endpoints=endpoints, **rest
        )

    def _refuse(self, key: str, problem: str) -> SettingsError:
        return SettingsError(f"{self._where} {key}: {problem}")

    def _none_of(self, key: str, allowed: Iterable[str]) -> SettingsError:
        return self._refuse(key, f"{self._written.get(key)!r} is none of {', '.join(allowed)}")

    def _taken(self, key: str, value: Any, environ: Mapping[str, str]) -> Any:
        if isinstance(value, dict):
            return {inner: self._taken(key, text, environ) for inner, text in value.items()}
        if isinstance(value, list):
            return [self._taken(key, text, environ) for text in value]
        variable = _variable(value)
        if variable is None:
            return value
        if not environ.get(variable):
            raise self._refuse(key, f"the environment has no {variable}")
        return environ[variable]

    def _merged(self, table: dict[str, Any]) -> dict[str, Any]:
        if "preset" not in table:
            return table
        if table["preset"] not in list(presets()):
            raise self._refuse(
                "preset", f"{table['preset']!r} is not one of {', '.join(presets())}"
            )
        merged = dict(presets()[table["preset"]])
        for key, value in table.items():
            merged[key] = (
                {**merged[key], **value}
                if isinstance(value, dict) and isinstance(merged.get(key), dict)
                else value
            )
        return merged

    def _check_keys(self) -> None:
        protocol = self._values.get("protocol")
        if protocol not in list(_KEYS):
            raise self._none_of("protocol", _KEYS)
        for key, value in self._values.items():
            if key not in _KEYS[protocol]:
                raise self._refuse(
                    key,
                    f"is not a key of {protocol}; the keys are {', '.join(sorted(_KEYS[protocol]))}",
                )
            wanted = _TYPES.get(key, str)
            inner = (
                list(value.values())
                if isinstance(value, dict)
                else value
                if isinstance(value, list)
                else []
            )
            if (
                not isinstance(value, wanted)
                or value == ""
                or not all(isinstance(text, str) for text in inner)
            ):
                raise self._refuse(key, f"is not {_IN_WORDS[wanted]}")
        for key in _REQUIRED[protocol]:
            if key not in self._values:
                raise self._refuse(key, "is required")

    def _endpoint(self, key: str) -> str:
        value = str(self._values[key])
        # A preset for self-hosted software has paths; the host is in `api`.
        return str(self._values["api"]).rstrip("/") + value if value.startswith("/") else value

    def _check_urls(self, endpoints: Mapping[str, str]) -> None:
        others = {
            key: str(self._values[key])
            for key in ("api", "issuer", "issuer_template")
            if key in self._values
        }
        for key, url in [*others.items(), *endpoints.items()]:
            problem = url_problem(url)
            if problem:
                raise self._refuse(key, f"{self._written[key]!r} {problem}")

    def _check_oauth2(self) -> None:
        values = self._values
        if "issuer" not in values:
            for key in ("authorization_endpoint", "token_endpoint", "userinfo_endpoint"):
                if key not in values:
                    raise self._refuse(key, "is required where there is no issuer")
        if values["protocol"] == "openid" and "openid" not in values.get("scope", "").split():
            raise self._refuse("scope", "must hold openid (OpenID Connect Core §3.1.2.1)")
        method = values.get("token_endpoint_auth_method")
        if method is not None and method not in AUTH_METHODS:
            raise self._none_of("token_endpoint_auth_method", AUTH_METHODS)
        if method is not None and (method == "none") == ("client_secret" in values):
            raise self._refuse(
                "token_endpoint_auth_method",
                f"{method!r} does not fit: client_secret is {'given' if method == 'none' else 'missing'}",
            )
        # RFC 9700 §2.1.1: without PKCE, anyone could redeem the stolen code of a public client.
        if not values.get("accepts_pkce", True) and "client_secret" not in values:
            raise self._refuse("accepts_pkce", "false needs a client_secret")
        if values.get("response_mode", "query") not in RESPONSE_MODES:
            raise self._none_of("response_mode", RESPONSE_MODES)
        algorithm = values.get("id_token_signed_response_alg")
        if algorithm is not None and algorithm not in ID_TOKEN_ALGORITHMS:
            raise self._none_of("id_token_signed_response_alg", ID_TOKEN_ALGORITHMS)
        if algorithm == SYMMETRIC and len(values.get("client_secret", "").encode()) < 32:
            problem = "HS256 needs a client_secret of at least 32 bytes (RFC 7518 §3.2)"
            raise self._refuse("id_token_signed_response_alg", problem)
        own = sorted(_OWN_PARAMETERS & set(values.get("authorization_parameters", {})))
        if own:
            problem = (
                "has a key in the provider's table"
                if own[0] in _OAUTH2
                else "is set for each sign-in"
            )
            raise self._refuse("authorization_parameters", f"{own[0]} {problem}")

    def _check_oauth1(self) -> None:
        values = self._values
        method = values.get("signature_method", "HMAC-SHA1")
        if method not in SIGNATURE_METHODS:
            raise self._none_of("signature_method", SIGNATURE_METHODS)
        needed, other = (
            ("rsa_private_key", "client_secret")
            if method.startswith("RSA")
            else ("client_secret", "rsa_private_key")
        )
        if needed not in values:
            raise self._refuse(needed, f"is required for {method}")
        if other in values:
            raise self._refuse(other, f"is not used with {method}")
        if needed == "rsa_private_key":
            rsa_private_key(values[needed], f"{self._where} {needed}")


@cache
def rsa_private_key(pem: str, where: str = "rsa_private_key") -> RSAPrivateKey:
    """Return a private key. Raises ``SettingsError`` without quoting the key."""
    try:
        key = load_pem_private_key(pem.encode(), None)
    except (TypeError, ValueError) as error:
        raise SettingsError(f"{where}: is not an unencrypted private key in PEM") from error
    if not isinstance(key, RSAPrivateKey):
        raise SettingsError(f"{where}: is not an RSA key")
    return key
