"""What an operator takes away from an OAuth 1.0a consumer, or with a user, is gone while requests are under way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text

from shared_validator.http import Response
from shared_validator.validators.oauth1 import CONSUMER_SECRET
from tests.unit.oauth1.server import SECRET, Server, refusal, signed

UNAUTHENTICATED = "the consumer key, the token or the signature is not valid"


def _change(server: Server, **changes: Any) -> None:
    """Change what the consumer ``shared`` has registered."""
    consumer = server.store.oauth1_consumer("shared")
    assert consumer is not None
    server.store.save_oauth1_consumer(replace(consumer, **changes))


def _disable(server: Server) -> None:
    _change(server, disabled=True)


def _delete(server: Server) -> None:
    server.store.delete_oauth1_consumer("shared")


def _disable_user(server: Server) -> None:
    server.store.set_disabled(server.user.user_id, True)


def _delete_user_by_sql(server: Server) -> None:
    with server.store.engine.connect() as connection:
        connection.execute(text("DELETE FROM oauth_users"))


@pytest.mark.fault(46)
def test_a_removed_callback_ends_what_is_under_way(server: Server) -> None:
    """RFC 5849 §2.2, §2.3: the page sends nobody to it, and a verifier that went there gets no token."""
    pending, agreed = server.begin(), server.agreed()
    _change(server, callbacks=("https://printer.example/new",))

    for page in (server.question(pending), server.answer(pending)):
        assert isinstance(page, Response)
        assert (400, None) == (page.status, page.header("location"))
    assert UNAUTHENTICATED == refusal(server.access_token(agreed), 401)


@pytest.mark.fault(46)
@pytest.mark.parametrize("remove", [_disable, _delete])
def test_nothing_of_a_consumer_that_is_gone_works(server: Server, remove: Callable[[Server], None]) -> None:
    """RFC 5849 §3.2: neither its token credentials, nor temporary ones, nor a new request; with a key as with a secret."""
    pending, agreed = server.begin(), server.agreed()
    remove(server)

    assert (401, UNAUTHENTICATED) == server.check(signed(server.token_client(), "/api/notes"))
    page = server.question(pending)
    assert isinstance(page, Response)
    assert 400 == page.status
    assert 400 == server.answer(pending).status
    assert UNAUTHENTICATED == refusal(server.access_token(agreed), 401)
    assert UNAUTHENTICATED == refusal(server.request_token(), 401)


@pytest.mark.fault(46)
def test_two_secrets_work_during_a_replacement(server: Server) -> None:
    """RFC 5849 §3.4.2: a signature with the old secret holds until the operator ends it."""
    consumer = server.store.oauth1_consumer("shared")
    assert consumer is not None
    new = server.context.vault.seal(CONSUMER_SECRET, "shared", b"new")
    _change(server, sealed_secret=new, previous_sealed_secret=consumer.sealed_secret)
    both = [server.request_token(client_secret=secret).status for secret in (SECRET, "new", "other")]
    _change(server, previous_sealed_secret=None)

    assert [200, 200, 401] == both
    assert [401, 200] == [server.request_token(client_secret=secret).status for secret in (SECRET, "new")]


@pytest.mark.fault(3)
@pytest.mark.parametrize("remove", [_disable_user, _delete_user_by_sql])
@pytest.mark.parametrize("consumer_key", ["shared", "rsa"])
def test_a_user_who_may_not_sign_in_keeps_no_credentials(server: Server, consumer_key: str, remove: Callable[[Server], None]) -> None:
    """RFC 5849 §3.2: token credentials never expire, so nothing else would end them."""
    method = {"signature_method": "RSA-SHA1"} if consumer_key == "rsa" else {}
    pending, agreed = (begin(consumer_key=consumer_key, **method) for begin in (server.begin, server.agreed))
    remove(server)

    assert (401, UNAUTHENTICATED) == server.check(signed(server.token_client(consumer_key, **method), "/api/notes"))
    assert UNAUTHENTICATED == refusal(server.access_token(agreed), 401)
    assert (302, True) == ((answer := server.answer(pending)).status, (answer.header("location") or "").startswith("/login?"))
