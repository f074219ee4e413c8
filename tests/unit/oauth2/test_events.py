"""Each decision of the provider is an event, with the reason that the response does not give."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from shared_validator import Event
from shared_validator.accounts.sign_in import sign_in
from shared_validator.store.errors import RolledBack
from tests.unit.conftest import fields_of
from tests.unit.oauth2.server import CALLBACK, DEVICE_GRANT, SECRET, Server


@pytest.mark.parametrize(
    ("auth", "reason"),
    [
        (("web", "wrong"), "invalid_client: the secret is wrong"),
        (("nobody", SECRET), "invalid_client: the client is unknown or disabled"),
        (("post", SECRET), "invalid_client: it registered client_secret_post, not client_secret_basic"),
    ],
)
def test_the_log_says_why_a_client_is_refused(server: Server, happened: list[Event], auth: tuple[str, str], reason: str) -> None:
    """RFC 6749 §5.2: the response does not reveal whether the client exists; the log names it, the reason and the address."""
    status, answer = server.token(auth=auth, grant_type="client_credentials")

    assert (401, {"error": "invalid_client"}) == (status, answer)
    assert {"client_id": auth[0], "reason": reason, "address": "192.0.2.7"} == fields_of(happened, "client_refused")


def test_a_mismatched_redirect_uri_is_logged_as_it_was_sent(server: Server, happened: list[Event]) -> None:
    """RFC 6749 §4.1.2.1: the user sees a page, and the operator the URI that the client sent."""
    server.decide(redirect_uri="https://app.example/Callback")

    fields = fields_of(happened, "authorization_refused")

    assert ("web", "https://app.example/Callback") == (fields["client_id"], fields["redirect_uri"])


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"code_verifier": "x" * 43}, "the code_verifier is wrong"),
        ({"redirect_uri": f"{CALLBACK}/other"}, f"the redirect_uri is not that of the authorization request: {CALLBACK}/other"),
        ({"code": "unknown"}, "the code is unknown, expired, used or another client's"),
    ],
)
def test_the_log_says_why_a_code_is_refused(server: Server, happened: list[Event], change: dict[str, str], reason: str) -> None:
    """RFC 6749 §5.2: invalid_grant has many causes, and the log has the one."""
    code = server.code()

    server.redeem(**({"code": code} | change))

    assert f"invalid_grant: {reason}" == fields_of(happened, "request_refused")["reason"]


def test_a_flow_leaves_consent_and_tokens_in_the_log(server: Server, happened: list[Event]) -> None:
    """The log has who let which client in, and which grant issued tokens."""
    tokens = server.tokens()
    server.refresh(tokens["refresh_token"])
    server.call("oauth2_revoke", {"token": tokens["access_token"]}, auth=("web", SECRET))

    who = {"client_id": "web", "user": server.user.user_id, "address": "192.0.2.7"}
    assert [
        Event("consent_given", who),
        Event("tokens_issued", who | {"grant": "authorization_code"}),
        Event("tokens_issued", who | {"grant": "refresh_token"}),
        Event("token_revoked", who),
    ] == happened


@pytest.mark.fault(36)
def test_tokens_that_were_rolled_back_are_not_reported(
    make_server: Callable[..., Server], happened: list[Event], monkeypatch: pytest.MonkeyPatch
) -> None:
    """RFC 9700 §4.14.2: tokens are reported once, by the request that issued them, although another one gets the same response."""
    server = make_server(refresh_grace_seconds=60)
    token = server.tokens()["refresh_token"]
    transact = server.store.transact
    winner: list[Any] = []

    def conflict(work: Callable[[], Any]) -> Any:
        monkeypatch.setattr(server.store, "transact", transact)
        with pytest.raises(RolledBack), server.store.transaction():  # noqa: PT012
            work()
            raise RolledBack
        winner.append(server.refresh(token))
        return transact(work)

    monkeypatch.setattr(server.store, "transact", conflict)
    happened.clear()

    assert server.refresh(token) == winner[0]
    assert ["tokens_issued"] == [event.name for event in happened]


def test_a_replayed_code_and_a_reused_refresh_token_are_events(server: Server, happened: list[Event]) -> None:
    """RFC 6749 §10.5, RFC 9700 §4.14.2: either may be theft, so either has a name that an alarm can wait for."""
    code = server.code()
    _, tokens = server.redeem(code)
    server.refresh(tokens["refresh_token"])
    server.refresh(tokens["refresh_token"])
    server.redeem(code)

    assert "web" == fields_of(happened, "refresh_token_reused")["client_id"]
    assert "web" == fields_of(happened, "code_replayed")["client_id"]


def test_a_waiting_device_does_not_fill_the_log(server: Server, happened: list[Event]) -> None:
    """RFC 8628 §3.5: authorization_pending comes every few seconds and means nothing."""
    device = json.loads(server.call("oauth2_device_authorization", {"client_id": "app"}).body)

    status, answer = server.token(auth=None, client_id="app", grant_type=DEVICE_GRANT, device_code=device["device_code"])

    assert (400, "authorization_pending") == (status, answer["error"])
    assert [] == [event for event in happened if event.name == "request_refused"]


def test_sign_ins_are_logged_by_the_users_identifier(server: Server, happened: list[Event]) -> None:
    """The log never has what was typed, which may be a password in the wrong field; it has the identifier of a user who exists."""
    for username, password in (("alice", "wrong"), ("my secret password", "wrong"), ("alice", "correct horse")):
        sign_in(server.provider.context, username, password, "")

    alice = {"user": server.user.user_id, "address": "192.0.2.7"}
    assert [
        Event("sign_in_failed", alice),
        Event("sign_in_failed", {"address": "192.0.2.7"}),
        Event("signed_in", alice),
    ] == happened


def test_a_locked_account_is_logged(make_server: Callable[..., Server], happened: list[Event]) -> None:
    """NIST SP 800-63B §5.2.2: the log has the account that has no tries left."""
    server = make_server(login_failures_per_user=1)

    for _ in range(2):
        sign_in(server.provider.context, "alice", "wrong", "")

    assert (server.user.user_id, "too many tries for this user") == (
        fields_of(happened, "sign_in_limited")["user"],
        fields_of(happened, "sign_in_limited")["reason"],
    )


def test_the_api_logs_what_it_refuses(server: Server, happened: list[Event]) -> None:
    """RFC 6750 §3.1: a token that lacks the scope is logged with its client."""
    token = server.tokens(scope="notes:read")["access_token"]

    assert 403 == server.api(token, "notes:write")
    assert ("web", "insufficient_scope: The token lacks the required scope.") == (
        fields_of(happened, "access_refused")["client_id"],
        fields_of(happened, "access_refused")["reason"],
    )
