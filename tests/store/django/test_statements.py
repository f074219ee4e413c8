"""DjangoStore: what it says to its database, and its place in a project's own transactions."""

from __future__ import annotations

import io
from typing import Any

import pytest

from tests.store import samples
from tests.store.samples import NOW, new_hash


def _recorded(store: Any) -> Any:
    from django.db import connections
    from django.test.utils import CaptureQueriesContext

    return CaptureQueriesContext(connections[store._transactions.using])


@pytest.mark.parametrize(
    ("step", "arguments"),
    [
        ("claim_code", (new_hash(), "client", NOW)),
        ("rotate_refresh_token", (new_hash(), "client", NOW)),
        ("answer_device_code", (new_hash(), "user", NOW, True, NOW)),
        ("claim_device_code", (new_hash(), "client", NOW)),
        ("answer_temporary_credentials", (new_hash(), "user", b"verifier", NOW)),
    ],
)
def test_a_claim_is_one_update_on_the_row_itself(store: Any, step: str, arguments: tuple[Any, ...]) -> None:
    """Joined to another table, or by ``IN (SELECT …)``, PostgreSQL would let two simultaneous ones change the same row."""
    with _recorded(store) as queries:
        getattr(store, step)(*arguments)
    (statement,) = [query["sql"] for query in queries if not query["sql"].startswith(("BEGIN", "COMMIT"))]
    assert statement.startswith("UPDATE")
    assert " IN (" not in statement


def test_an_access_token_is_found_by_one_statement(store: Any) -> None:
    """Each request to an API needs it, and it tells also whether its user may go on."""
    token = samples.access_token()
    store.save_access_token(token)
    with _recorded(store) as queries:
        assert token == store.access_token(token.token_hash)
    assert 1 == len(queries)


def test_a_transaction_that_only_reads_neither_begins_nor_commits(store: Any) -> None:
    """A request that is refused costs its lookups, and keeps nobody from writing."""
    with _recorded(store) as queries, store.transaction():
        store.client("client")
        store.access_token(new_hash())
    assert ["SELECT", "SELECT"] == [query["sql"].split()[0] for query in queries]


def test_a_transaction_within_the_projects_own_ends_with_it(store: Any) -> None:
    """Where a project joins a whole request (ATOMIC_REQUESTS), a transaction that raises undoes its own part only."""
    from django.db import transaction

    with transaction.atomic(using=store._transactions.using):
        assert store.use_nonce(b"before", NOW)
        with pytest.raises(ValueError, match="there already"), store.transaction():  # noqa: PT012 - the block is what is tested
            store.use_nonce(b"undone", NOW)
            token = samples.access_token()
            store.save_access_token(token)
            store.save_access_token(token)
        assert store.use_nonce(b"after", NOW)
    assert [False, True, False] == [store.use_nonce(nonce, NOW) for nonce in (b"before", b"undone", b"after")]


def test_the_migrations_make_the_tables_of_the_models(project: Any) -> None:
    """``makemigrations`` finds nothing that is missing."""
    from django.core.management import call_command

    call_command("makemigrations", "--check", "--dry-run", stdout=io.StringIO())


def test_what_a_store_keeps_can_be_dumped_and_loaded(project: Any) -> None:
    """A project's own backups (``dumpdata``, ``loaddata``) keep the words and the digests of a record."""
    from django.core import serializers

    from shared_validator.store.django.models import Client

    client = samples.client()
    project.save_client(client)
    dumped = serializers.serialize("json", Client.objects.all())
    Client.objects.all().delete()
    for each in serializers.deserialize("json", dumped):
        each.save()
    assert client == project.client(client.client_id)
