"""The parts of a consumer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from shared_validator import events
from shared_validator.consumer.callbacks import POSTED
from shared_validator.consumer.metadata import Publications
from shared_validator.consumer.records import Records
from shared_validator.consumer.refreshes import Refreshes
from shared_validator.consumer.settings import ConsumerSettings
from shared_validator.edge.mount import Mount
from shared_validator.edge.service import service_endpoints
from shared_validator.store import ConsumerStore
from shared_validator.vault import Vault


@dataclass(frozen=True)
class ConsumerContext:
    """The parts that the protocols share.

    Args:
        settings: the operator's settings.
        store: stores attempts and logins.
        clock: the current time in seconds since 1970.
    """

    settings: ConsumerSettings
    store: ConsumerStore
    clock: Callable[[], float]
    records: Records = field(init=False)
    publications: Publications = field(init=False)
    refreshes: Refreshes = field(init=False, default_factory=Refreshes)

    def __post_init__(self) -> None:
        events.use_format(self.settings.log_format)
        object.__setattr__(self, "records", Records(self.store, Vault(self.settings.secret_keys)))
        object.__setattr__(self, "publications", Publications(self.clock))

    def mount(self) -> Mount:
        """Return the routes that a mount around the application answers itself."""
        return Mount(
            self.settings.url,
            service_endpoints(self.store),
            sends_cookies=True,
            posted_answers={
                f"/callback/{provider.name}": POSTED
                for provider in self.settings.providers.values()
                if provider.response_mode == "form_post"
            },
        )

    def now(self) -> int:
        """Return the current time in whole seconds since 1970."""
        return int(self.clock())
