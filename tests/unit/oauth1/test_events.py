"""A refused signature is an event, with the reason that the response does not give."""

from __future__ import annotations

import logging

import pytest

from shared_validator import Event
from shared_validator.validators.oauth1 import UNAUTHENTICATED
from tests.unit.conftest import fields_of
from tests.unit.oauth1.server import Server, signed


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"client_key": "unknown"}, "the consumer is unknown"),
        ({"client_secret": "wrong"}, "the signature is wrong"),
        ({"resource_owner_key": "unknown-token"}, "the token is unknown or expired"),
    ],
)
def test_the_log_says_why_a_signature_is_refused(
    server: Server, happened: list[Event], caplog: pytest.LogCaptureFixture, change: dict[str, str], reason: str
) -> None:
    """RFC 5849 §3.2: the response does not say which part is wrong; the log does, and at DEBUG it has the base string (§3.4.1)."""
    caplog.set_level(logging.DEBUG, "shared_validator.provider")

    assert (401, UNAUTHENTICATED) == server.check(signed(server.token_client(**change), "/api/me"))

    assert f"invalid_client: {reason}" == fields_of(happened, "signature_refused")["reason"]
    debugged = [record.getMessage() for record in caplog.records if record.levelno == logging.DEBUG]
    assert (reason == "the signature is wrong") == any("base string: GET&https" in line for line in debugged)
