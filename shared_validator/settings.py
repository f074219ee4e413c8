"""The operator's settings. Every default is safe; a bad value is refused at start, by name."""

from __future__ import annotations

import base64
import binascii
import ipaddress
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any
from urllib.parse import urlsplit

from shared_validator.events import FORMATS
from shared_validator.vault import KEY_BYTES


class SettingsError(ValueError):
    """A setting is missing or has a value that is not accepted; the message begins with its name."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The settings of a provider. ``Settings.from_environ()`` reads them from the environment.

    Each variable is ``OAUTH_`` and the field's name in capitals.

    Args:
        issuer: the public URL of this server, https unless it is a loopback address (RFC 8414 §2).
            It may have a path. It is also the ``resource`` of its API.
        secret_keys: keys that encrypt stored secrets. The first one encrypts, all of them decrypt.
            The variable is ``OAUTH_SECRET_KEY``, keys separated by spaces.
        resources: other resource servers that tokens may be for (RFC 8707), as absolute URIs.
        access_token_format: ``opaque``, or ``jwt`` (RFC 9068) for resource servers that cannot ask
            the store. They accept a revoked JWT until it expires.
        access_token_seconds: the lifetime of an access token.
        refresh_token_seconds: the lifetime of a refresh token, which starts again at each rotation.
        refresh_grace_seconds: how long a repeated refresh gets the same response again; 0 treats
            every repetition as theft (RFC 9700 §4.14.2).
        code_seconds: the lifetime of an authorization code (RFC 6749 §4.1.2 allows at most 600).
        device_code_seconds: how long a user has to type a user code (RFC 8628 §3.2).
        device_interval_seconds: how long a device waits between two polls (RFC 8628 §3.2).
        id_token_seconds: the lifetime of an ID token.
        oauth1_plaintext: accept the PLAINTEXT signature method, over https only (RFC 5849 §3.4.4).
        oauth1_timestamp_seconds: how far a client's clock may be off (RFC 5849 §3.3).
        session_seconds: how long a user stays signed in at most.
        session_idle_seconds: how long a user stays signed in without a request.
        login_window_seconds: the window in which failed sign-ins are counted.
        login_failures_per_user: how many failures a username may have in a window.
        login_failures_per_address: how many failures a network address may have in a window.
        trusted_proxies: how many proxies a request passes before it arrives. The visitor's address
            is then the one that the outermost of them saw, from ``X-Forwarded-For``. With 0, it is
            the address of the peer, and the header, which anyone can send, is ignored.
        log_format: ``text`` leaves the log to the application's own configuration of ``logging``;
            ``json`` writes each event as a line of JSON to standard error.
    """

    issuer: str
    secret_keys: tuple[bytes, ...]
    resources: tuple[str, ...] = ()
    access_token_format: str = "opaque"
    access_token_seconds: int = 3600
    refresh_token_seconds: int = 30 * 86400
    refresh_grace_seconds: int = 0
    code_seconds: int = 60
    device_code_seconds: int = 600
    device_interval_seconds: int = 5
    id_token_seconds: int = 3600
    oauth1_plaintext: bool = False
    oauth1_timestamp_seconds: int = 300
    session_seconds: int = 7 * 86400
    session_idle_seconds: int = 12 * 3600
    login_window_seconds: int = 900
    login_failures_per_user: int = 10
    login_failures_per_address: int = 100
    trusted_proxies: int = 0
    log_format: str = "text"

    @property
    def base_path(self) -> str:
        """The path of the issuer, empty at the root of a host."""
        return urlsplit(self.issuer).path

    @property
    def is_secure(self) -> bool:
        """Whether browsers reach this server over https, so that its cookies need ``Secure``."""
        return self.issuer.startswith("https:")

    def __post_init__(self) -> None:
        _check_issuer(self.issuer)
        if not self.secret_keys:
            raise SettingsError(
                "OAUTH_SECRET_KEY: is required; make one with `python -m shared_validator new-key`"
            )
        if any(len(key) != KEY_BYTES for key in self.secret_keys):
            raise SettingsError(f"OAUTH_SECRET_KEY: each key is {KEY_BYTES} bytes")
        for resource in self.resources:
            parts = urlsplit(resource)
            if not parts.scheme or not parts.netloc or parts.fragment:
                raise SettingsError(
                    f"OAUTH_RESOURCES: {resource!r} is not an absolute URI without fragment (RFC 8707 §2)"
                )
        if self.access_token_format not in ("opaque", "jwt"):
            raise SettingsError(
                f"OAUTH_ACCESS_TOKEN_FORMAT: {self.access_token_format!r} is neither 'opaque' nor 'jwt'"
            )
        if self.log_format not in FORMATS:
            raise SettingsError(
                f"OAUTH_LOG_FORMAT: {self.log_format!r} is neither 'text' nor 'json'"
            )
        if self.code_seconds > 600:
            raise SettingsError(
                "OAUTH_CODE_SECONDS: an authorization code lives 600 seconds at most (RFC 6749 §4.1.2)"
            )
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, int) and value < _LEAST.get(field.name, 1):
                raise SettingsError(f"OAUTH_{field.name.upper()}: {value} is too small")

    @classmethod
    def from_environ(cls, environ: Mapping[str, str] = os.environ) -> Settings:
        """Read the settings from the environment.

        Raises:
            SettingsError: a value is missing or malformed, or a name is misspelt.
        """
        known = {variable(field.name): field for field in fields(cls)}
        unknown = sorted(
            name for name in environ if name.startswith("OAUTH_") and name not in known
        )
        if unknown:
            raise SettingsError(
                f"{unknown[0]}: is not a setting; the settings are {', '.join(known)}"
            )
        given = {name: environ[name].strip() for name in known if environ.get(name, "").strip()}
        for required in ("OAUTH_ISSUER", "OAUTH_SECRET_KEY"):
            if required not in given:
                hint = (
                    "; make one with `python -m shared_validator new-key`"
                    if required == "OAUTH_SECRET_KEY"
                    else ""
                )
                raise SettingsError(f"{required}: is required{hint}")
        return cls(
            **{
                known[name].name: _PARSERS[str(known[name].type)](name, text)
                for name, text in given.items()
            }
        )


_LEAST = {"refresh_grace_seconds": 0, "oauth1_plaintext": 0, "trusted_proxies": 0}


def variable(field: str) -> str:
    """Return the environment variable of a field of ``Settings``."""
    return "OAUTH_SECRET_KEY" if field == "secret_keys" else f"OAUTH_{field.upper()}"


def _integer(name: str, text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise SettingsError(f"{name}: {text!r} is not a whole number")
    return int(text)


def _boolean(name: str, text: str) -> bool:
    if text not in ("true", "false"):
        raise SettingsError(f"{name}: {text!r} is neither 'true' nor 'false'")
    return text == "true"


def parse_keys(name: str, text: str) -> tuple[bytes, ...]:
    """Return the keys in ``text``, separated by spaces. Raises ``SettingsError``, which begins with ``name``."""
    try:
        return tuple(base64.b64decode(key, altchars=b"-_", validate=True) for key in text.split())
    except (binascii.Error, ValueError) as error:
        # Never show the value: it may be a real key with one character missing.
        raise SettingsError(f"{name}: is not URL-safe base64") from error


_PARSERS: Mapping[str, Callable[[str, str], Any]] = {
    "str": lambda name, text: text,
    "int": _integer,
    "bool": _boolean,
    "tuple[str, ...]": lambda name, text: tuple(text.split()),
    "tuple[bytes, ...]": parse_keys,
}


SESSION_SECRET = "SESSION_SECRET"


def session_secret(environ: Mapping[str, str] = os.environ) -> str:
    """Return the secret that signs or encrypts the framework's session cookie, from ``SESSION_SECRET``.

    Args:
        environ: the environment variables.

    Raises:
        SettingsError: it is missing, shorter than 32 characters, or repeats a few characters.
    """
    secret = environ.get(SESSION_SECRET, "")
    if not secret:
        raise SettingsError(
            f"{SESSION_SECRET}: is required; make one with `python -m shared_validator new-key`"
        )
    # Never show the value: it may be a real secret with a few characters missing.
    if len(secret) < 32 or len(set(secret)) < 8:
        raise SettingsError(
            f"{SESSION_SECRET}: needs at least 32 characters, 8 of them different; make one with `python -m shared_validator new-key`"
        )
    return secret


PLAIN_PATH = "has other characters than letters, digits and - . _ ~ between slashes"
"""The end of an error message about a path that is not plain."""


def is_plain_path(path: str) -> bool:
    """Return whether a path can be part of a public URL.

    All servers, proxies and frameworks encode such a path in the same way (RFC 3986 §2.3).
    """
    return re.fullmatch(r"(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+", path) is not None


def is_loopback(host: str) -> bool:
    """Return whether ``host`` is a loopback address or ``localhost`` (RFC 8252 §7.3, §8.3)."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _check_issuer(issuer: str) -> None:
    try:
        parts = urlsplit(issuer)
        host = parts.hostname or ""
        parts.port  # noqa: B018 - a port that is not a number raises here
    except ValueError as error:
        raise SettingsError(f"OAUTH_ISSUER: {issuer!r} is not a URL") from error
    if not host.isascii():
        # Consumers compare the issuer byte for byte, and browsers and libraries write it in ASCII.
        raise SettingsError(
            f"OAUTH_ISSUER: {issuer!r}: write the host in ASCII, as browsers do (xn--…, RFC 5890)"
        )
    if parts.scheme not in ("https", "http") or not host:
        raise SettingsError(f"OAUTH_ISSUER: {issuer!r} is not an absolute https URL")
    if parts.query or parts.fragment or parts.username or issuer.endswith("/"):
        raise SettingsError(
            f"OAUTH_ISSUER: {issuer!r} has a query, a fragment, a user or a trailing slash (RFC 8414 §2)"
        )
    if parts.path and not is_plain_path(parts.path):
        raise SettingsError(f"OAUTH_ISSUER: the path of {issuer!r} {PLAIN_PATH}")
    if parts.scheme == "http" and not is_loopback(host):
        raise SettingsError(
            f"OAUTH_ISSUER: {issuer!r} must be https: only a loopback address may use http"
        )
