"""The commands for OAuth 2 clients and OAuth 1.0a consumers."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from shared_validator import clients
from shared_validator.operations.job import Job, all_pages
from shared_validator.operations.users import named_user
from shared_validator.store import Client, OAuth1Consumer
from shared_validator.validators.client_name import check_client_name
from shared_validator.validators.oauth1_consumer import (
    CONSUMER_SECRET,
    check_callbacks,
    new_consumer,
)
from shared_validator.vault import digest, new_identifier, new_secret

Registration = Client | OAuth1Consumer


def make_client(job: Job) -> str:
    """``new-client``."""
    options = job.options
    grant_types = options.grant_type or ["authorization_code", "refresh_token"]
    metadata: dict[str, Any] = {
        "client_id": new_identifier(),
        "client_name": options.name,
        "redirect_uris": options.redirect_uri,
        "post_logout_redirect_uris": options.post_logout_redirect_uri,
        "grant_types": grant_types,
        "response_types": list(clients.response_types(grant_types)),
        "scope": options.scope,
        "token_endpoint_auth_method": "none" if options.public else "client_secret_basic",
    }
    if options.application_type:
        metadata["application_type"] = options.application_type
    if not options.public:
        metadata["client_secret"] = new_secret()
    job.store.save_client(clients.client_from_metadata(metadata, offered_scopes=job.offered_scopes))
    return json.dumps(metadata, indent=2)


def make_oauth1_consumer(job: Job) -> str:
    """``new-oauth1-consumer``."""
    options = job.options
    made: dict[str, Any] = {
        "consumer_key": new_identifier(),
        "name": options.name,
        "callbacks": options.callback,
    }
    secret = rsa_public_key = None
    if options.rsa_public_key:
        made["rsa_public_key"] = rsa_public_key = options.rsa_public_key.read_text()
    else:
        made["consumer_secret"] = secret = new_secret()
    job.store.save_oauth1_consumer(
        new_consumer(
            job.vault,
            consumer_key=made["consumer_key"],
            name=options.name,
            callbacks=tuple(options.callback),
            secret=secret,
            rsa_public_key=rsa_public_key,
        )
    )
    return json.dumps(made, indent=2)


def list_clients(job: Job) -> str:
    """``list-clients``."""
    found: list[Registration] = [
        *all_pages(job.store.list_clients, lambda client: client.client_id),
        *all_pages(job.store.list_oauth1_consumers, lambda consumer: consumer.consumer_key),
    ]
    return "\n".join(json.dumps(_described(each)) for each in found)


def show_client(job: Job) -> str:
    """``show-client``."""
    return json.dumps(_described(_named(job)), indent=2)


def edit_client(job: Job) -> str:
    """``edit-client``."""
    known = _named(job)
    if isinstance(known, Client):
        changed: Registration = _edited_client(job, known)
    else:
        changed = _edited_consumer(job, known)
    _save(job, changed)
    return json.dumps(_described(changed), indent=2)


_OF_CLIENTS = {
    "name": "client_name",
    "redirect_uri": "redirect_uris",
    "post_logout_redirect_uri": "post_logout_redirect_uris",
    "grant_type": "grant_types",
    "scope": "scope",
    "application_type": "application_type",
}
_OF_CONSUMERS = {"name": "name", "callback": "callbacks"}


def _edited_client(job: Job, client: Client) -> Client:
    return clients.edit_client(client, _changes(job, _OF_CLIENTS), job.offered_scopes)


def _edited_consumer(job: Job, consumer: OAuth1Consumer) -> OAuth1Consumer:
    changes = _changes(job, _OF_CONSUMERS)
    callbacks = tuple(changes.get("callbacks", consumer.callbacks))
    check_client_name(changes.get("name", consumer.name))
    check_callbacks(callbacks)
    return replace(consumer, **(changes | {"callbacks": callbacks}))


def _changes(job: Job, fields: dict[str, str]) -> dict[str, Any]:
    """Return the options that are given, by the name of the field that each changes."""
    given = {
        name: value
        for name in {**_OF_CLIENTS, **_OF_CONSUMERS}
        if (value := getattr(job.options, name)) is not None
    }
    wrong = sorted(set(given) - set(fields))
    if wrong:
        kind = "an OAuth 1.0a consumer" if fields is _OF_CONSUMERS else "an OAuth 2 client"
        raise ValueError(f"--{wrong[0].replace('_', '-')}: {kind} has none")
    if not given:
        raise ValueError("there is nothing to change: give at least one of the options")
    return {fields[name]: value for name, value in given.items()}


def make_new_secret(job: Job) -> str:
    """``new-client-secret``."""
    known, secret = _named(job), new_secret()
    if isinstance(known, Client):
        old, previous = known.client_secret_hash, known.previous_secret_hash
    else:
        old, previous = known.sealed_secret, known.previous_sealed_secret
    if old is None:
        raise ValueError(
            f"{_identifier(known)!r} has no secret: it is a public client, or signs with RSA"
        )
    if previous is not None and not job.options.now:
        raise ValueError(
            f"{_identifier(known)!r} has two secrets already: end the old one with"
            " `end-old-client-secret`, or both with --now"
        )
    kept = None if job.options.now else old
    if isinstance(known, Client):
        _save(job, replace(known, client_secret_hash=digest(secret), previous_secret_hash=kept))
        return json.dumps({"client_id": known.client_id, "client_secret": secret}, indent=2)
    sealed = job.vault.seal(CONSUMER_SECRET, known.consumer_key, secret.encode())
    _save(job, replace(known, sealed_secret=sealed, previous_sealed_secret=kept))
    return json.dumps({"consumer_key": known.consumer_key, "consumer_secret": secret}, indent=2)


def end_old_secret(job: Job) -> str:
    """``end-old-client-secret``."""
    known = _named(job)
    if not _has_old_secret(known):
        raise ValueError(
            f"{_identifier(known)!r} has no old secret; `new-client-secret` makes a new one"
        )
    if isinstance(known, Client):
        _save(job, replace(known, previous_secret_hash=None))
    else:
        _save(job, replace(known, previous_sealed_secret=None))
    return f"ended the old secret of {_identifier(known)}"


def disable_client(job: Job) -> str:
    """``disable-client``."""
    known = _named(job)
    _save(job, replace(known, disabled=True))
    return f"disabled {_identifier(known)}; nothing that users allowed it works"


def enable_client(job: Job) -> str:
    """``enable-client``."""
    known = _named(job)
    _save(job, replace(known, disabled=False))
    return f"enabled {_identifier(known)}; what users allowed it works again"


def delete_client(job: Job) -> str:
    """``delete-client``."""
    known = _named(job)
    if isinstance(known, Client):
        job.store.delete_client(known.client_id)
    else:
        job.store.delete_oauth1_consumer(known.consumer_key)
    return f"deleted {_identifier(known)} and everything that users allowed it"


def revoke(job: Job) -> str:
    """``revoke``."""
    options, store = job.options, job.store
    user = named_user(job, options.user) if options.user else None
    known = _named(job) if options.client else None
    if known is None and user is None:
        raise ValueError("name a --user, a --client, or both")
    if known is None and user is not None:
        store.revoke_everything_of_user(user.user_id)
        return f"revoked everything that {user.username} allowed"
    if isinstance(known, Client):
        if user is None:
            store.revoke_everything_of_client(known.client_id)
        else:
            store.revoke_client(user.user_id, known.client_id)
    elif known is not None:
        if user is None:
            store.revoke_everything_of_oauth1_consumer(known.consumer_key)
        else:
            store.revoke_oauth1_consumer(user.user_id, known.consumer_key)
    whose = user.username if user else "all users"
    return f"revoked everything that {whose} allowed {options.client}"


def _named(job: Job) -> Registration:
    """Return the client or consumer that a command names, disabled or not. Raises ``ValueError``."""
    name = job.options.client
    client = job.store.client(name, include_disabled=True)
    consumer = job.store.oauth1_consumer(name, include_disabled=True)
    found: Registration | None = consumer if job.options.oauth1 else client
    if found is not None:
        return found
    if job.options.oauth1:
        hint = (
            "it is an OAuth 2 client: leave out --oauth1" if client else "`list-clients` shows all"
        )
        raise ValueError(f"there is no OAuth 1.0a consumer {name!r}; {hint}")
    hint = "add --oauth1 for the OAuth 1.0a consumer" if consumer else "`list-clients` shows all"
    raise ValueError(f"there is no OAuth 2 client {name!r}; {hint}")


def _save(job: Job, changed: Registration) -> None:
    if isinstance(changed, Client):
        job.store.save_client(changed)
    else:
        job.store.save_oauth1_consumer(changed)


def _identifier(known: Registration) -> str:
    return known.client_id if isinstance(known, Client) else known.consumer_key


def _has_old_secret(known: Registration) -> bool:
    return (
        known.previous_secret_hash if isinstance(known, Client) else known.previous_sealed_secret
    ) is not None


def _described(known: Registration) -> dict[str, Any]:
    if isinstance(known, Client):
        described: dict[str, Any] = {"protocol": "oauth2", **clients.metadata_of(known)}
    else:
        described = {
            "protocol": "oauth1",
            "consumer_key": known.consumer_key,
            "name": known.name,
            "callbacks": list(known.callbacks),
            "rsa_public_key": known.rsa_public_key,
        }
    return described | {"disabled": known.disabled, "has_old_secret": _has_old_secret(known)}
