"""The settings of a consumer."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from shared_validator.consumer.addresses import url_problem
from shared_validator.consumer.providers import ProviderConfiguration, read_providers
from shared_validator.events import FORMATS
from shared_validator.settings import PLAIN_PATH, SettingsError, is_plain_path, parse_keys
from shared_validator.vault import KEY_BYTES

VARIABLES = {
    "url": "CONSUMER_URL",
    "secret_keys": "CONSUMER_SECRET_KEY",
    "providers": "CONSUMER_PROVIDERS",
    "log_format": "CONSUMER_LOG_FORMAT",
}
"""The environment variable of each setting."""


@dataclass(frozen=True, kw_only=True)
class ConsumerSettings:
    """The settings of a consumer.

    Args:
        url: the public URL of this application (``CONSUMER_URL``), https unless it is a loopback
            address. The callback of a provider is ``url + "/callback/" + name``.
        secret_keys: the keys that encrypt the stored tokens. The first one encrypts, all of them
            decrypt (``CONSUMER_SECRET_KEY``, keys separated by spaces).
        providers: the providers to sign in with (``CONSUMER_PROVIDERS``, the path of a TOML file; a
            string in it that is exactly ``"${NAME}"`` is taken from the environment too).
        log_format: ``text`` leaves the log to the application's own configuration of ``logging``;
            ``json`` writes each event as a line of JSON to standard error
            (``CONSUMER_LOG_FORMAT``).

    Raises:
        SettingsError: a value is not accepted; the message begins with the variable's name.
    """

    url: str
    secret_keys: tuple[bytes, ...] = field(repr=False)
    providers: Mapping[str, ProviderConfiguration]
    log_format: str = "text"

    def __post_init__(self) -> None:
        problem = url_problem(self.url)
        if problem:
            raise SettingsError(f"CONSUMER_URL: {self.url!r} {problem}")
        if self.url.endswith("/") or "?" in self.url:
            raise SettingsError(f"CONSUMER_URL: {self.url!r} has a query or a trailing slash")
        if self.base_path and not is_plain_path(self.base_path):
            raise SettingsError(f"CONSUMER_URL: the path of {self.url!r} {PLAIN_PATH}")
        if self.log_format not in FORMATS:
            raise SettingsError(
                f"CONSUMER_LOG_FORMAT: {self.log_format!r} is neither 'text' nor 'json'"
            )
        if not self.secret_keys or any(len(key) != KEY_BYTES for key in self.secret_keys):
            raise SettingsError(f"CONSUMER_SECRET_KEY: each key is {KEY_BYTES} bytes")

    @property
    def base_path(self) -> str:
        """The path of the public URL, empty at the root of a host."""
        return urlsplit(self.url).path

    @property
    def is_secure(self) -> bool:
        """Whether browsers reach this application over https, so that its cookies need ``Secure``."""
        return self.url.startswith("https:")

    @classmethod
    def from_environ(cls, environ: Mapping[str, str] = os.environ) -> ConsumerSettings:
        """Read the settings from the environment. Raises ``SettingsError``."""
        names = tuple(VARIABLES.values())
        unknown = sorted(
            name for name in environ if name.startswith("CONSUMER_") and name not in names
        )
        if unknown:
            raise SettingsError(
                f"{unknown[0]}: is not a setting; the settings are {', '.join(names)}"
            )
        url, keys, path, log_format = (environ.get(name, "").strip() for name in names)
        for name, text in zip(names[:3], (url, keys, path), strict=True):
            if not text:
                hint = (
                    "; make one with `python -m shared_validator new-key`"
                    if name == "CONSUMER_SECRET_KEY"
                    else ""
                )
                raise SettingsError(f"{name}: is required{hint}")
        return cls(
            url=url,
            secret_keys=parse_keys("CONSUMER_SECRET_KEY", keys),
            providers=read_providers(path, environ),
            log_format=log_format or "text",
        )

    def callback(self, name: str) -> str:
        """Return the URL to which the provider ``name`` sends users back."""
        return f"{self.url}/callback/{name}"


def secret_keys_from_environ(environ: Mapping[str, str] = os.environ) -> tuple[bytes, ...]:
    """Return the keys of ``CONSUMER_SECRET_KEY`` alone. Raises ``SettingsError``."""
    name = VARIABLES["secret_keys"]
    keys = parse_keys(name, environ.get(name, ""))
    if not keys or any(len(key) != KEY_BYTES for key in keys):
        raise SettingsError(f"{name}: each key is {KEY_BYTES} bytes")
    return keys
