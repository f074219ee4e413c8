"""Serves a provider and a consumer that is registered there, each behind an observing proxy."""

from __future__ import annotations

import json
import ssl
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

from frameworks.manifests import ROLES, Manifest
from frameworks.proxy import Observer, observe
from frameworks.registration import Person, Registration, environ_without_settings, providers, seed
from frameworks.serve import HOST, free_ports, serving

_ORIGINS = dict.fromkeys(ROLES, f"http://{HOST}")


@contextmanager
def serve_pair(
    manifest: Manifest,
    person: Person,
    observer: Observer,
    *,
    roles: Sequence[str] = ROLES,
    more: Mapping[str, Sequence[Mapping[str, object]]] | None = None,
    settings: Mapping[str, str] | None = None,
    origins: Mapping[str, str] = _ORIGINS,
    tls: ssl.SSLContext | None = None,
    log: IO[bytes] | None = None,
) -> Iterator[Registration]:
    """Serve a framework's examples with a new user and new clients while the block runs.

    Args:
        manifest: the framework.
        person: the user who gets an account.
        observer: sees the requests and responses.
        roles: the roles to serve.
        more: additional records for the provider, as in a seed: `users`, `clients`.
        settings: environment variables for both examples.
        origins: the public URL of each role, without the port.
        tls: for origins that are https.
        log: where the examples write their logs; standard error by default.

    Yields:
        The consumer's registration at the provider.
    """
    ports = free_ports(2 * len(ROLES))
    outer, inner = (
        dict(zip(ROLES, ports[::2], strict=True)),
        dict(zip(ROLES, ports[1::2], strict=True)),
    )
    urls = {role: f"{origins[role]}:{outer[role]}" for role in ROLES}
    here = Registration("demo", urls["consumer"], "cookbook", urls["provider"])
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cookbook-pair-")))
        files = {
            "provider": {"seed": folder / "seed.json"},
            "consumer": {"providers": folder / "providers.toml"},
        }
        seeded = seed(person, [here])
        everybody = seeded | {
            part: [*seeded[part], *entries] for part, entries in (more or {}).items()
        }
        files["provider"]["seed"].write_text(json.dumps(everybody), encoding="utf-8")
        files["consumer"]["providers"].write_text(providers([here]), encoding="utf-8")
        known = {
            "provider": {"OAUTH_ISSUER": urls["provider"]},
            "consumer": {"CONSUMER_URL": urls["consumer"]},
        }
        for role in roles:
            environ = environ_without_settings() | known[role] | dict(settings or {})
            stack.enter_context(
                serving(manifest, role, inner[role], **files[role], environ=environ, log=log)
            )
            stack.enter_context(observe(role, outer[role], inner[role], observer, tls))
        yield here
