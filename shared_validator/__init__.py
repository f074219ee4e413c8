"""OAuth 1.0a, OAuth 2.1 and OpenID Connect for every Python web framework.

Import these names from here. Each is loaded when it is first used, so that a consumer does not load
a provider.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from shared_validator.consumer import AsyncConsumer, Consumer, ConsumerError, ConsumerSettings
    from shared_validator.edge.refusals import respond
    from shared_validator.events import Event, on_event
    from shared_validator.http import BadRequest, HTTPProblem, Refused, Request, Response, redirect
    from shared_validator.provider import Provider
    from shared_validator.resource import Token
    from shared_validator.settings import Settings, SettingsError, session_secret
    from shared_validator.store.sql import SQLConsumerStore, SQLStore

__all__ = [
    "AsyncConsumer",
    "BadRequest",
    "Consumer",
    "ConsumerError",
    "ConsumerSettings",
    "Event",
    "HTTPProblem",
    "Provider",
    "Refused",
    "Request",
    "Response",
    "SQLConsumerStore",
    "SQLStore",
    "Settings",
    "SettingsError",
    "Token",
    "on_event",
    "redirect",
    "respond",
    "session_secret",
]

_MODULES = {
    "shared_validator.consumer": ("AsyncConsumer", "Consumer", "ConsumerError", "ConsumerSettings"),
    "shared_validator.edge.refusals": ("respond",),
    "shared_validator.events": ("Event", "on_event"),
    "shared_validator.http": (
        *("BadRequest", "HTTPProblem", "Refused", "Request", "Response", "redirect"),
    ),
    "shared_validator.provider": ("Provider",),
    "shared_validator.resource": ("Token",),
    "shared_validator.settings": ("Settings", "SettingsError", "session_secret"),
    "shared_validator.store.sql": ("SQLConsumerStore", "SQLStore"),
}
_MODULE_OF = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> Any:
    """Load a name of ``__all__`` (PEP 562)."""
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_MODULE_OF[name]), name)
